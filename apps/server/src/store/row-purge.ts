import { setImmediate } from 'node:timers/promises';

/** Forgets rows of a table that are older than they are kept. */
export interface RowPurge {
  /** Looks at once, then every hour. */
  start(): void;
  /** Resolves when no look is under way. Idempotent. */
  close(): Promise<void>;
}

export interface RowPurgeDeps {
  /** Forgets so many of the rows that were made before this time; resolves with how many. */
  purgeBefore(time: string, limit: number): Promise<number>;
  keptMs: number;
  clock: { now(): number };
  onError(error: unknown): void;
}

const INTERVAL_MS = 60 * 60 * 1000;
/** In steps, because a statement of SQLite blocks all others. */
const BATCH = 500;

export function createRowPurge({ purgeBefore, keptMs, clock, onError }: RowPurgeDeps): RowPurge {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const closing = new AbortController();

  const purge = async () => {
    const before = new Date(clock.now() - keptMs).toISOString();
    while (!closing.signal.aborted && (await purgeBefore(before, BATCH)) === BATCH) await setImmediate();
  };
  const look = () => {
    running = running.then(purge).catch(onError);
  };

  return {
    start() {
      look();
      timer = setInterval(look, INTERVAL_MS);
      timer.unref();
    },
    async close() {
      closing.abort();
      clearInterval(timer);
      await running;
    },
  };
}
