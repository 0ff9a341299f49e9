import { shareNextRun } from '../lib/share-next-run.ts';
import { toDate } from '../lib/time-bins.ts';
import type { Store } from '../store/port.ts';
import type { ReservedPart } from '../store/release-reservations.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CallsInFlight } from './calls-in-flight.ts';

type SpendTarget = Awaited<ReturnType<Store['spendDays']['count']>>[number];

export interface SpendCounterDeps {
  store: Pick<Store, 'spendDays' | 'budgets'>;
  /** Of the operator: its days are counted. */
  timeZone: string;
  /** What they have reserved ends when what they have used is counted. */
  calls: Pick<CallsInFlight, 'findSettled' | 'noteCounted'>;
  /** Whether calls wait for what is to be counted. */
  isUrgent(): boolean;
  /** The spending of these was counted, or calls have ended that had reserved something; must not throw. */
  onCounted(whose: readonly SpendTarget[]): void;
  logger: Pick<Logger, 'warn'>;
}

/** Adds stored usage records to what has been spent, in transactions of their own, so that the ends of turns need not wait for each other. */
export interface SpendCounter {
  /** These are committed. They are counted soon. */
  add(requestIds: readonly string[]): void;
  /** Nothing that was used of it is to be counted any more: gives it back. */
  release(part: ReservedPart): void;
  /** Counts what is stored and not counted: a server may have been killed in between. Rejects when the database does. */
  countLeft(): Promise<void>;
  /** Counts what still waits. */
  close(): Promise<void>;
}

/** One transaction counts the calls of this time. */
const DELAY_MS = 250;
/** After a failure of the database. */
const RETRY_MS = 2000;
const LEFT_AT_ONCE = 500;

export function createSpendCounter(deps: SpendCounterDeps): SpendCounter {
  const { store, calls, logger } = deps;
  const toDay = createDayNames(deps.timeZone);
  let waiting = new Set<string>();
  let released: readonly ReservedPart[] = [];
  /** After a failure the database says what is not counted. */
  let isBehind = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const count = async (ids: readonly string[]) => {
    const settled = calls.findSettled(ids);
    const whose = await store.spendDays.count(ids, { toDay, settled });
    released = [...released, ...calls.noteCounted(ids, settled)];
    return whose;
  };

  const countLeft = async () => {
    for (;;) {
      const left = await store.spendDays.listUncounted(LEFT_AT_ONCE);
      if (left.length === 0) return;
      await count(left);
    }
  };

  const releaseEnded = async () => {
    if (released.length === 0) return;
    const parts = released;
    released = [];
    try {
      await store.budgets.release(parts);
    } catch (error) {
      released = [...parts, ...released];
      throw error;
    }
  };

  const run = shareNextRun(async () => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...waiting];
    waiting = new Set();
    try {
      const whose = await count(ids);
      if (isBehind) await countLeft();
      isBehind = false;
      await releaseEnded();
      deps.onCounted(whose);
    } catch (error) {
      isBehind = true;
      logger.warn({ err: error, requests: ids.length }, 'what was spent could not be added up yet');
      if (!isClosed) schedule(RETRY_MS);
    }
  });

  const schedule = (ms: number) => {
    timer ??= setTimeout(() => void run(), ms);
  };
  const runSoon = () => {
    if (deps.isUrgent() && !isBehind) void run();
    else schedule(DELAY_MS);
  };

  return {
    add(requestIds) {
      for (const id of requestIds) waiting.add(id);
      if (requestIds.length > 0) runSoon();
    },
    release(part) {
      released = [...released, part];
      runSoon();
    },
    countLeft,
    async close() {
      isClosed = true;
      await run();
    },
  };
}

/** Names days, most of which are the same as the one before. */
function createDayNames(timeZone: string): (at: string) => string {
  let quarter = '';
  let day = '';
  // Clocks of every zone are ahead or behind by whole quarters of an hour.
  const toQuarter = (at: string) => `${at.slice(0, 14)}${Math.floor(Number(at.slice(14, 16)) / 15)}`;
  return (at) => {
    if (toQuarter(at) !== quarter) {
      quarter = toQuarter(at);
      day = toDate(at, timeZone);
    }
    return day;
  };
}
