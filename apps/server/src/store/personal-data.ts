import { sql } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { Store } from './port.ts';
import type { StoreTables } from './schema.ts';

/** Takes the place of a person whose account was erased. No account has this id. */
export const ERASED_PERSON = { id: 'user_erased', name: 'Erased person' } as const;

/**
 * Of every table the column with the id of the person whose rows are exported, counted and deleted. Where there is none,
 * rows belong to nobody, go with what they belong to, or `forgetPerson` takes the person out. The type checker refuses a
 * new table without a decision.
 */
const OWNERS = {
  sessions: 'owner_id',
  files: 'owner_id',
  agents: 'owner_id',
  environments: 'owner_id',
  skills: 'owner_id',
  deployments: 'owner_id',
  deployment_runs: 'owner_id',
  model_requests: 'owner_id',
  cost_differences: 'owner_id',
  vaults: 'parent_id',
  session_shares: 'user_id',
  workspace_trusts: 'user_id',
  // What somebody wrote in sessions of others stays there, without the name.
  events: null,
  approvals: null,
  ...{ deleted_sessions: null, forks: null, turn_queue: null, transcript_entries: null, session_files: null },
  ...{ workspace_states: null, disk_use: null },
  ...{ mcp_apps: null, share_state: null, skill_versions: null, vault_credentials: null },
  ...{ idempotency_keys: null, push_subscriptions: null, secrets: null, budgets: null, spend_days: null },
  ...{ budget_reservations: null, budget_alerts: null },
  // The audit log stays, or nobody could verify it.
  ...{ audit_facts: null, audit_entries: null, audit_checkpoints: null, audit_intents: null },
  // Folders of the machine; a lease goes with its session.
  ...{ folder_roots: null, folder_leases: null },
  ...{ settings: null, plugins: null, plugin_contents: null, plugin_content_chunks: null },
  // Mails to operators name at most the id of a person whose budget they tell of, and are gone after a day.
  ...{ webhook_messages: null, mails: null, named_leases: null },
} as const satisfies Record<keyof StoreTables, string | null>;

type Owners = typeof OWNERS;
export type PersonalTable = { [Table in keyof Owners]: Owners[Table] extends null ? never : Table }[keyof Owners];
export const PERSONAL_TABLES = Object.entries(OWNERS).flatMap(([table, owner]) =>
  owner === null ? [] : [table as PersonalTable],
);

/** Rows that are changed or read in one step, so that no other request waits for long. */
const STEP_ROWS = 500;
const STEP_SESSIONS = 20;

type Row = Record<string, unknown>;

/** All rows of a table that belong to a person, some hundred together. Columns that only servers use are left out. */
export async function* readPersonalRows(
  { database }: Pick<Store, 'database'>,
  table: PersonalTable,
  userId: string,
): AsyncGenerator<Row[]> {
  const key = table === 'session_shares' || table === 'cost_differences' ? sql.ref('session_id') : sql.ref('id');
  const version = toVersion(table);
  for (let after = { id: '', version: -1 }; ;) {
    const { rows } = await sql<Row & { key_id: string; key_version: number }>`
      select t.*, ${key} as key_id, ${version} as key_version from ${sql.table(table)} as t
      where ${sql.ref(OWNERS[table])} = ${userId}
        and (${key} > ${after.id} or (${key} = ${after.id} and ${version} > ${after.version}))
      order by key_id, key_version limit ${sql.lit(STEP_ROWS)}`.execute(database);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = { id: last.key_id, version: last.key_version };
    yield rows.map(({ key_id: _id, key_version: _version, ...row }) => toPlain(row));
  }
}

/** What tells rows with the same key apart. */
function toVersion(table: PersonalTable) {
  if (table === 'cost_differences') return sql.ref('turn');
  return table === 'agents' || table === 'environments' ? sql.ref('version') : sql.lit(0);
}

function toPlain(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('lease_') && name !== 'counted'));
}

/** How much there is of a person. */
export async function countPersonalRows(
  { database }: Pick<Store, 'database'>,
  userId: string,
): Promise<Record<PersonalTable, number>> {
  const counts: Partial<Record<PersonalTable, number>> = {};
  for (const table of PERSONAL_TABLES) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)} where ${sql.ref(OWNERS[table])} = ${userId}`.execute(database);
    counts[table] = rows[0]?.count ?? 0;
  }
  return counts as Record<PersonalTable, number>;
}

export interface ForgottenRows {
  /** Usage records that stay without the person. */
  usage: number;
  /** Events in sessions of others that do not name the person any more. */
  events: number;
}

/**
 * Removes or makes anonymous what the store still knows of a person whose account and belongings are gone. In small steps;
 * after an interruption call it again.
 */
export async function forgetPerson(
  { database, kind }: Pick<Store, 'database' | 'kind'>,
  userId: string,
): Promise<ForgottenRows> {
  await database.deleteFrom('push_subscriptions').where('user_id', '=', userId).execute();
  await database.deleteFrom('session_shares').where('user_id', '=', userId).execute();
  await database.deleteFrom('workspace_trusts').where('user_id', '=', userId).execute();
  for (const table of ['budgets', 'spend_days'] as const)
    await database.deleteFrom(table).where('scope', '=', 'user').where('target_id', '=', userId).execute();
  await database
    .updateTable('session_shares')
    .set({ granted_by: ERASED_PERSON.id })
    .where('granted_by', '=', userId)
    .execute();
  await database.updateTable('secrets').set({ updated_by: null }).where('updated_by', '=', userId).execute();
  await sql`update auth_api_key set ${sql.ref('madeBy')} = null where ${sql.ref('madeBy')} = ${userId}`.execute(
    database,
  );
  await forgetInStates(database, userId);
  await forgetDeployments(database, userId);
  await database.deleteFrom('cost_differences').where('owner_id', '=', userId).execute();
  await forgetAnswers(database, userId);
  const usage = await forgetUsage(database, userId);
  return { usage, events: await forgetInEvents({ database, kind }, userId) };
}

/** Ids of users have no character that JSON writes otherwise. */
async function forgetInStates(database: Store['database'], userId: string): Promise<void> {
  const named = sql<string>`cast(made_by as text)`;
  const rows = await database
    .selectFrom('workspace_states')
    .select(['session_id', 'ordinal', named.as('made_by')])
    .where(named, 'like', `%"${userId}"%`)
    .execute();
  for (const { session_id: id, ordinal, made_by: text } of rows) {
    const madeBy = (JSON.parse(text) as string[]).map((each) => (each === userId ? ERASED_PERSON.id : each));
    await database
      .updateTable('workspace_states')
      .set({ made_by: toJson(madeBy) })
      .where('session_id', '=', id)
      .where('ordinal', '=', ordinal)
      .execute();
  }
}

async function forgetDeployments(database: Store['database'], userId: string): Promise<void> {
  const owned = database.selectFrom('deployments').select('id').where('owner_id', '=', userId);
  await database.deleteFrom('secrets').where('scope', '=', 'deployment').where('owner_id', 'in', owned).execute();
  await database.deleteFrom('deployments').where('owner_id', '=', userId).execute();
  await database.deleteFrom('deployment_runs').where('owner_id', '=', userId).execute();
}

/** Answers to requests hold what the person was told. */
async function forgetAnswers(db: Store['database'], userId: string): Promise<void> {
  for (;;) {
    const ids = await db
      .selectFrom('idempotency_keys')
      .select('request_id')
      .where('user_id', '=', userId)
      .limit(STEP_ROWS)
      .execute();
    if (ids.length === 0) return;
    const step = ids.map((row) => row.request_id);
    await db.deleteFrom('idempotency_keys').where('user_id', '=', userId).where('request_id', 'in', step).execute();
  }
}

async function forgetUsage(database: Store['database'], userId: string): Promise<number> {
  for (let count = 0; ;) {
    const rows = await database
      .selectFrom('model_requests')
      .select('id')
      .where('owner_id', '=', userId)
      .limit(STEP_ROWS)
      .execute();
    if (rows.length === 0) return count;
    const step = rows.map(({ id }) => id);
    // What days of a person sum up is gone, so these must not be added to them.
    const change = { owner_id: ERASED_PERSON.id, session_id: null };
    await database.updateTable('model_requests').set(change).where('id', 'in', step).execute();
    count += rows.length;
  }
}

/** Events say who answered and who did what, by id and name, also in the sessions of others. */
async function forgetInEvents({ database, kind }: Pick<Store, 'database' | 'kind'>, userId: string): Promise<number> {
  const text = kind === 'sqlite' ? sql`body` : sql`cast(body as text)`;
  let count = 0;
  for (let after = ''; ;) {
    const sessions = await database
      .selectFrom('sessions')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(STEP_SESSIONS)
      .execute();
    const last = sessions.at(-1);
    if (last === undefined) return count;
    after = last.id;
    const ids = sessions.map(({ id }) => id);
    const decided = { decided_by: ERASED_PERSON.id };
    await database
      .updateTable('approvals')
      .set(decided)
      .where('session_id', 'in', ids)
      .where('decided_by', '=', userId)
      .execute();
    const found = await database
      .selectFrom('events')
      .select(['session_id', 'seq', 'body'])
      .where('session_id', 'in', ids)
      .where(sql<boolean>`${text} like ${`%"${userId}"%`}`)
      .execute();
    for (const { session_id: sessionId, seq, body } of found) {
      const changed = toJson(withoutPerson(fromJson(body), userId));
      const change = database.updateTable('events').set({ body: changed });
      await change.where('session_id', '=', sessionId).where('seq', '=', seq).execute();
    }
    count += found.length;
  }
}

function withoutPerson(value: unknown, userId: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutPerson(each, userId));
  if (value === userId) return ERASED_PERSON.id;
  if (value === null || typeof value !== 'object') return value;
  if ((value as { id?: unknown }).id === userId && 'name' in value) return { ...value, ...ERASED_PERSON };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutPerson(each, userId)]));
}
