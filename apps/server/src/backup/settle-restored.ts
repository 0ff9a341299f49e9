import { createId } from '@claude-sdk-pattern/protocol';
import type { Kysely } from 'kysely';

import { SYSTEM, toAuditFact } from '../audit/fact.ts';
import { insertAuditFacts, toAuditFactRow } from '../store/audit-facts.ts';
import { fromJson, toJson } from '../store/json-column.ts';
import type { StoreTables } from '../store/schema.ts';
import type { TargetDatabase } from '../store/snapshot/load-snapshot.ts';
import { SHARED_PLACE } from '../data-dir/shared-dir.ts';
import { findNextRun, type DeploymentContent } from '../triggers/deployment-content.ts';
import type { Manifest } from './manifest.ts';

/** What was left undone, so that nothing is done twice. */
export interface SettledWork {
  /** Sessions whose work ran, waited in the queue or waited for an answer. */
  sessions: number;
  /** Messages for the webhook. */
  webhookMessages: number;
}

/** What matters of the manifest. */
type SettledBackup = Pick<Manifest, 'id' | 'at' | 'deleted_meanwhile'> & {
  database: Pick<Manifest['database'], 'tables'>;
};

/**
 * Ends what was under way when the backup was made: since then the first server has gone on with it, and to do it again
 * may send, pay or delete something twice. People see in their sessions what was stopped, and decide.
 */
export async function settleRestored(
  { kind, database }: TargetDatabase,
  { id, at, deleted_meanwhile: deleted, database: { tables } }: SettledBackup,
  nowMs: number,
): Promise<SettledWork> {
  // Of servers that are not these.
  await database.deleteFrom('named_leases').execute();
  await database.deleteFrom('budget_reservations').execute();
  await database.deleteFrom('settings').where('key', '=', SHARED_PLACE).execute();
  if (tables.some(({ name }) => name === 'disk_use')) await database.deleteFrom('disk_use').execute();
  await database.updateTable('sessions').set({ lease_node_id: null, lease_expires_at: null }).execute();
  for (const fileId of deleted) await database.deleteFrom('files').where('id', '=', fileId).execute();
  await abandonForks(database, nowMs);
  // An older version has no schedules.
  if (tables.some(({ name }) => name === 'deployments')) await settleDeployments(database, { at, nowMs });

  const ids = await findWorking(database);
  for (const sessionId of ids) await stopWork(database, { sessionId, at, nowMs });
  // The first server sends its own; an older version stores none.
  if (tables.some(({ name }) => name === 'mails')) await database.deleteFrom('mails').execute();
  const { numDeletedRows } = await database.deleteFrom('webhook_messages').executeTakeFirst();
  const work = { sessions: ids.length, webhookMessages: Number(numDeletedRows) };

  const target = { type: 'server', id: null } as const;
  const details = { backup_id: id, backup_at: at, sessions_stopped: work.sessions };
  const fact = toAuditFact({ actor: SYSTEM, action: 'server.restore', target, details }, nowMs);
  await insertAuditFacts({ kind, db: database }, [toAuditFactRow(fact)]);
  return work;
}

async function findWorking(database: Kysely<StoreTables>): Promise<string[]> {
  const queued = database.selectFrom('turn_queue').select('session_id as id').where('state', 'in', OPEN);
  const asking = database.selectFrom('approvals').select('session_id as id').where('state', '=', 'pending');
  const working = database.selectFrom('sessions').select('id').where('status', 'in', ['running', 'rescheduling']);
  const rows = await queued.union(asking).union(working).orderBy('id').execute();
  return rows.map(({ id }) => id);
}

const OPEN = ['waiting', 'delivered'];

/** The first start of the server ends the turn, as after any kill: without messages it has nothing to go on with. */
async function stopWork(
  database: Kysely<StoreTables>,
  { sessionId, at, nowMs }: { sessionId: string; at: string; nowMs: number },
): Promise<void> {
  const now = new Date(nowMs).toISOString();
  const messages = database.updateTable('turn_queue').where('session_id', '=', sessionId);
  const waiting = await database
    .selectFrom('turn_queue')
    .select('event_id')
    .where('session_id', '=', sessionId)
    .where('state', '=', 'waiting')
    .orderBy('seq')
    .execute();
  await messages.set({ state: 'withdrawn', updated_at: now }).where('state', '=', 'waiting').execute();
  await messages.set({ state: 'done', updated_at: now }).where('state', '=', 'delivered').execute();
  await database
    .updateTable('approvals')
    .set({ state: 'cancelled', decided_at: now })
    .where('session_id', '=', sessionId)
    .where('state', '=', 'pending')
    .execute();
  const text = `This session was restored from a backup of ${at}. What ran or waited then was stopped, because it may have been done since. Look at what it did, and send a message to go on.`;
  await appendEvents(database, { sessionId, now }, [
    ...waiting.map(({ event_id: messageId }) => ({ type: 'session.message_withdrawn', message_id: messageId })),
    { type: 'session.notice', level: 'warning', text },
  ]);
}

/** No server has the session open, so none holds its lease. */
async function appendEvents(
  database: Kysely<StoreTables>,
  { sessionId, now }: { sessionId: string; now: string },
  events: readonly ({ type: string } & Record<string, unknown>)[],
): Promise<void> {
  const { last_seq: lastSeq } = await database
    .updateTable('sessions')
    .set(({ eb }) => ({ last_seq: eb('last_seq', '+', events.length) }))
    .where('id', '=', sessionId)
    .returning('last_seq')
    .executeTakeFirstOrThrow();
  const rows = events.map((event, index) => {
    const id = createId('sevt', Date.parse(now));
    const body = toJson({ id, processed_at: now, ...event });
    const seq = lastSeq - events.length + 1 + index;
    return { session_id: sessionId, seq, id, type: event.type, body, created_at: now };
  });
  await database.insertInto('events').values(rows).execute();
}

/** The servers that copied them do not come back; the next start removes their rows. */
async function abandonForks(database: Kysely<StoreTables>, nowMs: number): Promise<void> {
  const forks = await database.selectFrom('forks').selectAll().execute();
  const rows = forks.map(({ session_id: id, agent_session_id }) => ({
    ...{ id, agent_session_id, deleted_at: new Date(nowMs).toISOString() },
  }));
  if (rows.length > 0) await database.insertInto('deleted_sessions').values(rows).execute();
  await database.deleteFrom('forks').execute();
}

/** What was due meanwhile has been done by the first server, so it is not caught up: schedules go on at their next time. */
async function settleDeployments(
  database: Kysely<StoreTables>,
  { at, nowMs }: { at: string; nowMs: number },
): Promise<void> {
  const due = await database
    .selectFrom('deployments')
    .select(['id', 'content'])
    .where('next_run_at', '<=', new Date(nowMs).toISOString())
    .execute();
  for (const { id, content } of due) {
    const active = { content: fromJson<DeploymentContent>(content), pausedReason: null, archivedAt: null };
    const change = database.updateTable('deployments').set({ next_run_at: findNextRun(active, nowMs) });
    await change.where('id', '=', id).execute();
  }
  const message = `It waited when the backup of ${at} was made, from which the server was restored`;
  const error = toJson({ type: 'session_creation_rejected_error', message });
  await database
    .updateTable('deployment_runs')
    .set({ state: 'failed', error, task: null, busy_until: null })
    .where('state', '=', 'pending')
    .execute();
}
