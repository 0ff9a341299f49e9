import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import type { Kysely } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';
import { removeSearchEntries } from './search.ts';
import { createStepSize } from './step-size.ts';

/** Removes the rows of deleted sessions in small steps. */
export interface Purge {
  /** Removes until nothing is left, sessions deleted meanwhile included. One run at a time. */
  run(): Promise<void>;
  /** Runs in the background. A failure goes to `onError`, and the rest waits for the next run. */
  wake(): void;
  /** Resolves when the running step has ended. */
  close(): Promise<void>;
}

export interface PurgeDeps extends Pick<RepositoryContext, 'kind' | 'atomically' | 'now'> {
  onError?: (error: unknown) => void;
}

type Pending = { id: string; agent_session_id: string };

/**
 * Each step is a transaction of its own, with as many rows as take a few milliseconds: an event may have a hundred
 * bytes or a megabyte. Nodes that share a database take turns. After a kill, the next run continues.
 */
export function createPurge({ kind, atomically, now, onError }: PurgeDeps): Purge {
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  const closing = new AbortController();
  const size = createStepSize(kind);

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
      const removed =
        (await removeEvents(trx, session, size.rows)) ||
        (await removeTranscript(trx, session, size.rows)) ||
        (await removeSearchEntries(trx, kind, { sessionId: session.id, limit: size.rows }));
      size.note(performance.now() - startedAt);
      if (removed === 0) {
        await trx.updateTable('deleted_sessions').set({ purged_at: now() }).where('id', '=', session.id).execute();
      }
      return true;
    });

  const removeAll = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      // SQLite answers within the same turn of the event loop: other work runs between two steps.
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
