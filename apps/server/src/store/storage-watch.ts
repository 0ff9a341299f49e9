import { setTimeout as delay } from 'node:timers/promises';

import type { ToldStorageProblem } from '@claude-sdk-pattern/protocol';

import { checkWritable, findStorageProblem } from '../data-dir/storage-problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Store } from './port.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

export interface StorageWatchDeps {
  store: Pick<Store, 'ping' | 'settings'>;
  /** Files that may be made and removed, one on each disk on which the server stores. */
  probes: readonly string[];
  /** Rejects where a disk that must be there is not. */
  assertThere(): Promise<void>;
  clock: Clock;
  logger: Pick<Logger, 'warn' | 'info'>;
}

/** Whether the server can store what it is told: its database answers, and its data directory can be written. */
export interface StorageWatch {
  /** What was wrong at the last check; undefined where it can store. */
  readonly current: ToldStorageProblem | undefined;
  /** Checks now; rejects with what is wrong. Those who ask at the same time share one check. */
  check(): Promise<void>;
  /** The database failed or refused a statement: checks soon whether that lasts. */
  noteFault(code: StoreErrorCode): void;
  /** Calls back when a problem begins, becomes another one or ends. Returns the unsubscriber. */
  onChanged(listener: () => void): () => void;
  start(): void;
  close(): void;
}

const EVERY_MS = 5000;
/** While there is a problem, so that its end is seen soon. */
const EVERY_MS_IN_TROUBLE = 1000;
/** A database that takes longer for nothing is as good as away. */
const ANSWER_MS = 3000;
/** A write of this key shows whether a database takes writes again that refused one. */
const PROBE_KEY = 'storage.last_check';
/** These may concern writes alone, which a ping would not show. */
const OF_WRITES: ReadonlySet<StoreErrorCode> = new Set(['disk_full', 'cannot_open', 'failed'] as const);

/** Does nothing until `start`, except for `check`. */
export function createStorageWatch({ store, probes, assertThere, clock, logger }: StorageWatchDeps): StorageWatch {
  const listeners = new Set<() => void>();
  let current: ToldStorageProblem | undefined;
  let mustWrite = false;
  let checking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOpen = false;

  const note = (problem: ToldStorageProblem['problem'] | undefined, error?: unknown) => {
    if (problem === current?.problem) return;
    current = problem && { problem, since: current?.since ?? new Date(clock.now()).toISOString() };
    if (problem === undefined) logger.info('the server can store again');
    else logger.warn({ err: error, problem }, 'the server cannot store');
    for (const listener of listeners) listener();
  };
  const probe = async () => {
    try {
      await withinAnswerTime(store.ping(), DATABASE_IS_LATE);
      await withinAnswerTime(Promise.all([assertThere(), ...probes.map(checkWritable)]), DISK_IS_LATE);
      if (mustWrite) {
        await withinAnswerTime(store.settings.set(PROBE_KEY, clock.now()), DATABASE_IS_LATE);
        mustWrite = false;
      }
      note(undefined);
    } catch (error) {
      note(toProblem(error), error);
      throw error;
    }
  };
  const check = () => {
    checking ??= probe().finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const plan = (afterMs: number) => {
    clearTimeout(timer);
    if (isOpen) timer = setTimeout(tick, afterMs).unref();
  };
  const tick = () => {
    const again = () => plan(current === undefined ? EVERY_MS : EVERY_MS_IN_TROUBLE);
    check().then(again, again);
  };

  return {
    get current() {
      return current;
    },
    check,
    noteFault(code) {
      if (code === 'busy') return;
      if (OF_WRITES.has(code)) mustWrite = true;
      // A check that runs may be what has failed.
      if (current === undefined && checking === undefined) plan(0);
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      isOpen = true;
      plan(EVERY_MS);
    },
    close() {
      isOpen = false;
      clearTimeout(timer);
    },
  };
}

function toProblem(error: unknown): ToldStorageProblem['problem'] {
  const problem = findStorageProblem(error);
  if (problem !== undefined) return problem === 'full' ? 'disk_full' : 'read_only';
  return error instanceof StoreError ? 'database' : 'read_only';
}

const DATABASE_IS_LATE = () =>
  new StoreError('unavailable', `The database has not answered within ${ANSWER_MS / 1000} s.`);
const DISK_IS_LATE = () => new Error(`A disk of the server has not answered within ${ANSWER_MS / 1000} s.`);

/** @throws what `toLate` makes */
async function withinAnswerTime(answer: Promise<unknown>, toLate: () => Error): Promise<void> {
  const over = new AbortController();
  const late = delay(ANSWER_MS, undefined, { signal: over.signal, ref: false }).then(async () => {
    // After an event loop that stood still, an answer may be there and not read yet.
    await new Promise((resolve) => setImmediate(resolve));
    throw toLate();
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}
