import { shareNextRun } from '../lib/share-next-run.ts';
import { toDate } from '../lib/time-bins.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SpendCounterDeps {
  store: Pick<Store, 'spendDays'>;
  /** Of the operator: its days are counted. */
  timeZone: string;
  logger: Pick<Logger, 'warn'>;
}

/** Adds stored usage records to what has been spent, in transactions of their own, so that the ends of turns need not wait for each other. */
export interface SpendCounter {
  /** These are committed. They are counted soon. */
  add(requestIds: readonly string[]): void;
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

export function createSpendCounter({ store, timeZone, logger }: SpendCounterDeps): SpendCounter {
  const toDay = createDayNames(timeZone);
  let waiting = new Set<string>();
  /** After a failure the database says what is not counted. */
  let isBehind = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const count = (ids: readonly string[]) => store.spendDays.count(ids, { toDay });

  const countLeft = async () => {
    for (;;) {
      const left = await store.spendDays.listUncounted(LEFT_AT_ONCE);
      if (left.length === 0) return;
      await count(left);
    }
  };

  const run = shareNextRun(async () => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...waiting];
    waiting = new Set();
    try {
      await count(ids);
      if (isBehind) await countLeft();
      isBehind = false;
    } catch (error) {
      isBehind = true;
      logger.warn({ err: error, requests: ids.length }, 'what was spent could not be added up yet');
      if (!isClosed) schedule(RETRY_MS);
    }
  });

  const schedule = (ms: number) => {
    timer ??= setTimeout(() => void run(), ms);
  };

  return {
    add(requestIds) {
      for (const id of requestIds) waiting.add(id);
      if (requestIds.length > 0) schedule(DELAY_MS);
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
  let hour = '';
  let day = '';
  const quarterHour = (at: string) => `${at.slice(0, 14)}${Math.floor(Number(at.slice(14, 16)) / 15)}`;
  return (at) => {
    // Clocks of every zone are ahead or behind by whole quarters of an hour.
    if (quarterHour(at) !== hour) {
      hour = quarterHour(at);
      day = toDate(at, timeZone);
    }
    return day;
  };
}
