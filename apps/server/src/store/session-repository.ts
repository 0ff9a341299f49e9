import { sql, type Kysely, type Selectable, type Updateable } from 'kysely';

import { prepareEach } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { SessionTable, StoreTables } from './schema.ts';
import { listSessions, type SessionListOptions, type SessionPage } from './session-list.ts';
import {
  toChanges,
  toRow,
  toSession,
  type NewSession,
  type Session,
  type SessionPatch,
  type SessionStatus,
} from './sessions.ts';
import type { ShareLevel } from './shares.ts';
import { StaleFenceError, StoreError } from './store-error.ts';

export interface SessionRepository {
  /** Throws `conflict` when the id or the agent session id exists, or is that of a session that was deleted. */
  create(session: NewSession): Promise<Session>;
  find(id: string): Promise<Session | undefined>;
  /**
   * The session, if the user owns it or it is shared with them; `level` is null for the owner. One statement, so that
   * it takes as long for a session of others as for one that does not exist.
   */
  findFor(id: string, userId: string): Promise<{ session: Session; level: ShareLevel | null } | undefined>;
  findByAgentSessionId(agentSessionId: string): Promise<Session | undefined>;
  /** A page that stays stable while rows are added: its cursor names the last row, not a count. */
  list(options: SessionListOptions): Promise<SessionPage>;
  /**
   * Call it inside a transaction: another transaction that calls it for the same user waits until this one ends, so
   * that both count before they create. SQLite's transactions run one after another anyway.
   */
  lockOwner(ownerId: string): Promise<void>;
  /** How many the user has, archived ones included. */
  count(ownerId: string): Promise<number>;
  /** How many there are of everybody, without archived ones. */
  countOpen(): Promise<number>;
  /** All sessions in these states, oldest change first; for recovery at start. */
  listByStatus(statuses: readonly SessionStatus[]): Promise<Session[]>;
  /** The ids of idle sessions that a budget has stopped, the longest waiting first. Archived ones do not wait. */
  listStoppedByBudget(): Promise<string[]>;
  /** Throws `not_found`, and `StaleFenceError` when `fence` is given and outdated. */
  update(id: string, patch: SessionPatch, options?: { fence?: number }): Promise<Session>;
  /**
   * Deletes the session with its events, queue, approvals and transcripts; false when there was none. Nobody can read
   * them any more; the rows of events and transcripts are removed in small steps. Its model requests stay for usage
   * and budgets.
   */
  delete(id: string): Promise<boolean>;
}

/** The first half of the key of an advisory lock; other locks need another one. */
const OWNER_LOCKS = 1;

type UpdateValues = Updateable<SessionTable> & { $id: string; $fence: number };

/** By the columns that change, with a space between them. */
const updateColumns = prepareEach<string, UpdateValues, Selectable<SessionTable>>((columns, db, value) =>
  updateOf(columns, db, value).returningAll(),
);
const updateFencedColumns = prepareEach<string, UpdateValues, Selectable<SessionTable>>((columns, db, value) =>
  updateOf(columns, db, value).where('lease_fence', '=', value('$fence')).returningAll(),
);

function updateOf(
  columns: string,
  db: Kysely<StoreTables>,
  value: <Name extends keyof UpdateValues>(name: Name) => UpdateValues[Name],
) {
  const names = columns.split(' ') as (keyof Updateable<SessionTable>)[];
  const changes: Updateable<SessionTable> = Object.fromEntries(names.map((name) => [name, value(name)]));
  return db.updateTable('sessions').set(changes).where('id', '=', value('$id'));
}

export function createSessionRepository(context: RepositoryContext): SessionRepository {
  const { kind, db, now, atomically, onDeleted } = context;
  return {
    create: (session) =>
      atomically(async (trx) => {
        const row = await trx
          .insertInto('sessions')
          .values(toRow(session, now()))
          .returningAll()
          .executeTakeFirstOrThrow();
        // Checked after the insert, which waits for an uncommitted deletion.
        await refuseDeletedId(trx, session);
        return toSession(row);
      }),

    async lockOwner(ownerId) {
      if (kind === 'sqlite') return;
      await sql`select pg_advisory_xact_lock(${OWNER_LOCKS}::integer, hashtext(${ownerId}))`.execute(db);
    },

    async count(ownerId) {
      const own = db.selectFrom('sessions').where('owner_id', '=', ownerId);
      const { count } = await own.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
      return Number(count);
    },

    async find(id) {
      const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toSession(row);
    },

    async findFor(id, userId) {
      const row = await db
        .selectFrom('sessions')
        .leftJoin('session_shares', (join) =>
          join.onRef('session_shares.session_id', '=', 'sessions.id').on('session_shares.user_id', '=', userId),
        )
        .selectAll('sessions')
        .select('session_shares.level')
        .where('sessions.id', '=', id)
        .where(({ eb, or }) => or([eb('sessions.owner_id', '=', userId), eb('session_shares.level', 'is not', null)]))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const level = row.owner_id === userId ? null : (row.level as ShareLevel | null);
      return { session: toSession(row), level };
    },

    async findByAgentSessionId(agentSessionId) {
      const rows = db.selectFrom('sessions').selectAll().where('agent_session_id', '=', agentSessionId);
      const row = await rows.executeTakeFirst();
      return row && toSession(row);
    },

    list: (options) => listSessions(db, options),

    async countOpen() {
      const open = db.selectFrom('sessions').where('archived_at', 'is', null);
      return Number((await open.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count);
    },

    async listByStatus(statuses) {
      if (statuses.length === 0) return [];
      const rows = db.selectFrom('sessions').selectAll().where('status', 'in', statuses);
      return (await rows.orderBy('updated_at').orderBy('id').execute()).map(toSession);
    },

    async listStoppedByBudget() {
      const rows = await db
        .selectFrom('sessions')
        .select('id')
        .where('status', '=', 'idle')
        .where('archived_at', 'is', null)
        // PostgreSQL compares no `json`.
        .where(sql<string>`cast(stop_reason as text)`, 'like', '%"budget_reached"%')
        .orderBy('updated_at')
        .orderBy('id')
        .execute();
      return rows.map(({ id }) => id);
    },

    async update(id, patch, { fence } = {}) {
      const changes = toChanges(patch, now());
      const columns = Object.keys(changes).join(' ');
      const statement = fence === undefined ? updateColumns(columns) : updateFencedColumns(columns);
      const { rows } = await statement(context, { ...changes, $id: id, $fence: fence ?? 0 });
      const [row] = rows;
      if (row) return toSession(row);
      throw await explainRefusal(db, id, fence);
    },

    async delete(id) {
      const isDeleted = await atomically(async (trx) => {
        const session = trx.deleteFrom('sessions').where('id', '=', id);
        const row = await session.returning(['id', 'agent_session_id']).executeTakeFirst();
        if (!row) return false;
        // Its own one. What it has spent stays in that of its owner and of its agent.
        await trx.deleteFrom('budgets').where('id', '=', id).where('scope', '=', 'session').execute();
        await trx.deleteFrom('spend_days').where('scope', '=', 'session').where('target_id', '=', id).execute();
        await trx
          .insertInto('deleted_sessions')
          .values({ ...row, deleted_at: now() })
          .execute();
        return true;
      });
      if (isDeleted) onDeleted();
      return isDeleted;
    },
  };
}

async function refuseDeletedId(
  db: Kysely<StoreTables>,
  { id, agentSessionId }: Pick<Session, 'id' | 'agentSessionId'>,
): Promise<void> {
  const deleted = await db
    .selectFrom('deleted_sessions')
    .select('id')
    .where((eb) => eb.or([eb('id', '=', id), eb('agent_session_id', '=', agentSessionId)]))
    .executeTakeFirst();
  if (deleted) throw new StoreError('conflict', `The id of the deleted session ${deleted.id} is not used again.`);
}

/** Says why a write to a session's row found no row: it is gone, or its fence has moved on. */
export async function explainRefusal(db: Kysely<StoreTables>, id: string, fence?: number): Promise<StoreError> {
  const row = await db.selectFrom('sessions').select('lease_fence').where('id', '=', id).executeTakeFirst();
  if (!row || fence === undefined) return new StoreError('not_found', `There is no session ${id}.`);
  return new StaleFenceError(id, fence, row.lease_fence);
}
