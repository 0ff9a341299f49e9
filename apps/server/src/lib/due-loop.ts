import type { Clock } from './clock.ts';
import { shareNextRun } from './share-next-run.ts';

export interface DueLoopDeps {
  clock: Clock;
  /** Does some of what is due; false when nothing is any more. */
  doSome(): Promise<boolean>;
  /** ISO 8601: when the next is due; undefined without any. */
  findNextDue(): Promise<string | undefined>;
  /** The database failed; it is asked again soon. */
  onUnreadable(error: unknown): void;
}

/** Does what a table of the database holds when it is due. Several servers may share the table. */
export interface DueLoop {
  /** Looks for what is due. Never rejects. */
  wake(): Promise<void>;
  /** Resolves when what was begun is done. Idempotent. */
  close(): Promise<void>;
}

/** Another server may have died while it did something. */
const LOOK_EVERY_MS = 15_000;

/** Looks first when it is woken. */
export function createDueLoop({ clock, doSome, findNextDue, onUnreadable }: DueLoopDeps): DueLoop {
  let timer: NodeJS.Timeout | undefined;
  const closing = new AbortController();

  const setTimer = (delayMs: number) => {
    clearTimeout(timer);
    if (!closing.signal.aborted)
      timer = setTimeout(() => void wake(), Math.max(0, Math.min(delayMs, LOOK_EVERY_MS))).unref();
  };
  const wake = shareNextRun(async () => {
    if (closing.signal.aborted) return;
    try {
      while (await doSome()) {
        if (closing.signal.aborted) return;
      }
      const next = await findNextDue();
      setTimer(next === undefined ? LOOK_EVERY_MS : Date.parse(next) - clock.now());
    } catch (error) {
      onUnreadable(error);
      setTimer(LOOK_EVERY_MS);
    }
  });

  return {
    wake,
    async close() {
      closing.abort();
      clearTimeout(timer);
      // After the run that is under way.
      await wake();
    },
  };
}
