import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import type { Kysely } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';

/** Removes what deleted sessions left, a little at a time. */
export interface Purge {
  /** Removes until nothing is left; one run at a time, and what is deleted meanwhile is part of it. */
  run(): Promise<void>;
  /** Runs in the background; a failure is told to `onError`, and what is left waits for the next run. */
  wake(): void;
  /** Resolves when the step that is being done has ended. */
  close(): Promise<void>;
}

export interface PurgeDeps extends Pick<RepositoryContext, 'kind' | 'atomically' | 'now'> {
  onError?: (error: unknown) => void;
}

/** How long the statement of a step should hold SQLite's only connection, and with it the event loop; its commit comes on top. */
const STEP_TARGET_MS = 2;
const FIRST_STEP_ROWS = 50;
/** A statement has its price, and may have been slow for another reason: fewer would never come to an end. */
const MIN_STEP_ROWS = 10;
const MAX_STEP_ROWS = 500;

type Pending = { id: string; agent_session_id: string };

/**
 * Each step is a transaction of its own and removes as many rows as take a few milliseconds: an event may be a hundred
 * bytes or a megabyte. Nodes that share a database take turns; a server that was killed goes on with the next run.
 */
export function createPurge({ kind, atomically, now, onError }: PurgeDeps): Purge {
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  const closing = new AbortController();
  // PostgreSQL holds up nobody here, and its time is mostly the way there and back.
  let rows = kind === 'postgres' ? MAX_STEP_ROWS : FIRST_STEP_ROWS;

  const findPending = async (trx: Kysely<StoreTables>): Promise<Pending | undefined> => {
    const pending = trx
      .selectFrom('deleted_sessions')
      .select(['id', 'agent_session_id'])
      .where('purged_at', 'is', null);
    const oldest = pending.orderBy('deleted_at').orderBy('id').limit(1);
    return (kind === 'postgres' ? oldest.forUpdate().skipLocked() : oldest).executeTakeFirst();
  };

  /** False when there is nothing left to remove. */
  const step = (): Promise<boolean> =>
    atomically(async (trx) => {
      const session = await findPending(trx);
      if (!session) return false;
      const startedAt = performance.now();
      const removed = (await removeEvents(trx, session, rows)) || (await removeTranscript(trx, session, rows));
      if (kind === 'sqlite') rows = toNextRows(rows, performance.now() - startedAt);
      if (removed === 0) {
        await trx.updateTable('deleted_sessions').set({ purged_at: now() }).where('id', '=', session.id).execute();
      }
      return true;
    });

  const removeAll = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      // SQLite answers within the same turn of the event loop: everybody else comes first.
      while (!closing.signal.aborted && (await step())) await setImmediate();
    } while (isAskedAgain && !closing.signal.aborted);
  };

  const run = (): Promise<void> => {
    if (closing.signal.aborted) return Promise.resolve();
    isAskedAgain = true;
    running ??= removeAll().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    run,
    wake: () => void run().catch((error: unknown) => onError?.(error)),
    async close() {
      closing.abort();
      await running?.catch(() => undefined);
    },
  };
}

async function removeEvents(trx: Kysely<StoreTables>, { id }: Pending, rows: number): Promise<number> {
  const result = await trx
    .deleteFrom('events')
    .where('session_id', '=', id)
    .where('seq', 'in', (eb) =>
      eb.selectFrom('events').select('seq').where('session_id', '=', id).orderBy('seq').limit(rows),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

async function removeTranscript(
  trx: Kysely<StoreTables>,
  { agent_session_id }: Pending,
  rows: number,
): Promise<number> {
  const result = await trx
    .deleteFrom('transcript_entries')
    .where('position', 'in', (eb) =>
      eb
        .selectFrom('transcript_entries')
        .select('position')
        .where('agent_session_id', '=', agent_session_id)
        .limit(rows),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** As many as should take as long as a step may, by what the last took; at most twice as many. */
function toNextRows(rows: number, tookMs: number): number {
  const fitting = Math.floor((rows * STEP_TARGET_MS) / Math.max(tookMs, STEP_TARGET_MS / 2));
  return Math.min(MAX_STEP_ROWS, Math.max(MIN_STEP_ROWS, fitting));
}
