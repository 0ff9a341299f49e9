import { setImmediate } from 'node:timers/promises';

import type { IdempotencyRepository } from './idempotency.ts';

/** Forgets the ids of requests, long after a client could send one again. */
export interface RequestPurge {
  /** Looks at once, then every hour. */
  start(): void;
  /** Resolves when no look is under way. Idempotent. */
  close(): Promise<void>;
}

export interface RequestPurgeDeps {
  idempotency: Pick<IdempotencyRepository, 'purgeBefore'>;
  clock: { now(): number };
  onError(error: unknown): void;
}

/** Twice of what the protocol promises. */
const KEPT_MS = 48 * 60 * 60 * 1000;
const INTERVAL_MS = 60 * 60 * 1000;
/** In steps, because a statement of SQLite blocks all others. */
const BATCH = 500;

export function createRequestPurge({ idempotency, clock, onError }: RequestPurgeDeps): RequestPurge {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const closing = new AbortController();

  const purge = async () => {
    const before = new Date(clock.now() - KEPT_MS).toISOString();
    while (!closing.signal.aborted && (await idempotency.purgeBefore(before, BATCH)) === BATCH) await setImmediate();
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
