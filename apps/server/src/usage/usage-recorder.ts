import type { Repositories, Store } from '../store/port.ts';
import { isStoreError } from '../store/store-error.ts';
import { toRow, type MeteredRequest } from './metered-request.ts';
import type { UsageSpool } from './usage-spool.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Writes usage records shortly after their model calls. */
export interface UsageRecorder {
  /** Notes what a call has used so far, in case that the server is killed before its end. */
  note(request: MeteredRequest): void;
  /** A call has ended. */
  record(request: MeteredRequest): void;
  /**
   * Takes the waiting records of a session, to be committed with the events that may only be seen after them. Never
   * rejects.
   */
  take(sessionId: string): Promise<TakenUsage>;
  /** Resolves when what waits is committed, before it is safe from a power cut. Never rejects. */
  flush(): Promise<void>;
  /** Writes what still waits. */
  close(): Promise<void>;
}

/** Records that wait for a transaction of their taker. */
export interface TakenUsage {
  readonly isEmpty: boolean;
  /** Stores them in the transaction. Rejects when one cannot be stored; the transaction must then be rolled back. */
  storeIn(transaction: Pick<Repositories, 'usage'>): Promise<void>;
  /** For when the transaction is committed. */
  forget(): void;
  /** For when the transaction has failed: they wait again. */
  putBack(): void;
}

/**
 * A record is written this long after its call: right after the call the first words of the answer are on their way.
 */
const DELAY_MS = 100;
/** After a failure of the database. */
const RETRY_MS = 2000;
/** Records that wait for the database; of those beyond it each is logged, with what it counted lost. */
const MAX_WAITING = 10_000;

/** Whether the record itself is what cannot be stored: a later try would fail as well. */
function isRefused(error: unknown): boolean {
  return !isStoreError(error) || error.code === 'conflict' || error.code === 'invalid_value';
}

/** Metering never slows a stream, and its failure is logged, not hidden. With a spool a killed server loses nothing. */
export function createUsageRecorder(deps: {
  store: Pick<Store, 'usage'>;
  logger: Logger;
  spool?: Omit<UsageSpool, 'left' | 'close'>;
  /** Called when records are committed; must not throw. */
  onStored?(requests: readonly MeteredRequest[]): void;
}): UsageRecorder {
  const { spool, onStored = () => undefined } = deps;
  let waiting: MeteredRequest[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let writing: Promise<void> = Promise.resolve();

  const writeWaiting = async (onCommitted: () => void): Promise<void> => {
    const requests = waiting;
    waiting = [];
    if (requests.length === 0) return;
    try {
      // The end of a turn waits for this: the calls of all sessions take about as long as one.
      await deps.store.usage.appendAll(requests.map(toRow), { onCommitted });
      noteStored(requests);
    } catch (error) {
      if (isRefused(error)) await writeEach(requests);
      else for (const request of requests) keep(request, error);
    }
  };

  /** One of them cannot be stored, and must not keep the others from it. */
  const writeEach = async (requests: readonly MeteredRequest[]): Promise<void> => {
    for (const request of requests) {
      try {
        await deps.store.usage.append(toRow(request));
        noteStored([request]);
      } catch (error) {
        keep(request, error);
      }
    }
  };

  /** What the database does not take now waits for it; what it never takes is told. */
  const keep = (request: MeteredRequest, error: unknown): void => {
    const facts = { err: error, session_id: request.holder.sessionId };
    if (isRefused(error) || isClosed || waiting.length >= MAX_WAITING) {
      deps.logger.error(facts, 'a usage record was not stored');
      // What no database takes would be tried again at each start.
      if (isRefused(error)) forget([request]);
      return;
    }
    deps.logger.warn(facts, 'a usage record could not be stored yet');
    wait(request, RETRY_MS);
  };

  const forget = (requests: readonly MeteredRequest[]): void => spool?.forget(requests.map(({ id }) => id));

  const noteStored = (requests: readonly MeteredRequest[]): void => {
    forget(requests);
    onStored(requests);
  };

  const wait = (request: MeteredRequest, ms: number): void => {
    waiting.push(request);
    timer ??= setTimeout(() => void write(), ms);
  };

  /** Runs after the write that is in progress. */
  const write = (onCommitted: () => void = () => undefined): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(() => writeWaiting(onCommitted));
    return writing;
  };

  return {
    note: (request) => spool?.note(request),
    record(request) {
      spool?.note(request);
      wait(request, DELAY_MS);
    },
    async take(sessionId) {
      await writing;
      const taken = waiting.filter(({ holder }) => holder.sessionId === sessionId);
      waiting = waiting.filter(({ holder }) => holder.sessionId !== sessionId);
      return {
        isEmpty: taken.length === 0,
        async storeIn({ usage }) {
          if (taken.length > 0) await usage.appendAll(taken.map(toRow));
        },
        forget: () => noteStored(taken),
        putBack() {
          for (const request of taken) wait(request, DELAY_MS);
        },
      };
    },
    flush() {
      return new Promise<void>((resolve) => void write(resolve).then(resolve));
    },
    async close() {
      isClosed = true;
      await write();
    },
  };
}
