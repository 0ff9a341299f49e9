import { CompiledQuery, sql, type Selectable } from 'kysely';

import { AUDIT_FACT_COLUMNS, insertAuditFacts, toAuditFactRow, type AuditFact } from './audit-facts.ts';
import { fromJson, toJson } from './json-column.ts';
import { createInsertAll } from './insert-all.ts';
import { toPreparedText } from './postgres/prepared-text.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { AuditCheckpointTable, AuditEntryTable, AuditFactTable } from './schema.ts';

/** An entry of the audit log: a fact with its place in the chain. */
export interface AuditEntry extends AuditFact {
  seq: number;
  /** `hash` of the entry before; 64 zeros in the first one. */
  prevHash: string;
  /** SHA-256, in hexadecimal digits. */
  hash: string;
}

/** A fact that is stored and not chained yet. */
export interface PendingFact extends AuditFact {
  position: number;
}

/** What a server is about to do; a fact takes its place afterwards. */
export interface AuditIntent {
  id: string;
  nodeId: string;
  fact: AuditFact;
}

export type AuditCheckpoint = Selectable<AuditCheckpointTable>;

export interface AuditListOptions {
  action?: string | undefined;
  /** Id of the actor. */
  actor?: string | undefined;
  /** Id of the target. */
  target?: string | undefined;
  /** Bounds of `at`, inclusive, as ISO 8601 with milliseconds. */
  from?: string | undefined;
  to?: string | undefined;
  order?: 'asc' | 'desc';
  /** Exclusive: the list goes on after this `seq`, in its order. */
  after?: number | undefined;
  limit: number;
}

export interface AuditRepository {
  /** Stores facts; they are chained later. In a transaction, they are stored with what else it stores. */
  add(facts: readonly AuditFact[]): Promise<void>;
  addIntent(intent: AuditIntent): Promise<void>;
  /** False where there is none: another server has settled it. */
  removeIntent(id: string): Promise<boolean>;
  /** Those of a server, and everybody's from before `before` (ISO 8601), oldest first. */
  listIntents(of: { nodeId: string; before: string }): Promise<AuditIntent[]>;
  /** Whether facts wait to be chained. */
  hasPending(): Promise<boolean>;
  /** The oldest facts that are not chained yet. */
  listPending(limit: number): Promise<PendingFact[]>;
  removePending(positions: readonly number[]): Promise<void>;
  /** Until the end of the transaction no other server chains. Call it first, in a transaction. */
  lockChain(): Promise<void>;
  appendEntries(entries: readonly AuditEntry[]): Promise<void>;
  list(options: AuditListOptions): Promise<AuditEntry[]>;
  /** The `seq` of the last entry; 0 without any. */
  findLastSeq(): Promise<number>;
  /** The first entry that is not older than `since` (ISO 8601). */
  findFirstSince(since: string): Promise<AuditEntry | undefined>;
  removeThrough(seq: number): Promise<void>;
  /** The newest checkpoint of a kind. */
  findCheckpoint(kind: 'head' | 'base'): Promise<AuditCheckpoint | undefined>;
  /** By `seq`, rising. */
  listCheckpoints(): Promise<AuditCheckpoint[]>;
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>;
  removeCheckpointsBelow(seq: number): Promise<void>;
  /** Removes the `head` checkpoints with a `seq` from `from` to below `below`, but for the last of them. */
  thinCheckpoints(range: { from: number; below: number }): Promise<void>;
}

/** Any number that nothing else locks: the bytes of "audt". */
const CHAIN_LOCK = 0x61_75_64_74;

const insertEntries = createInsertAll('audit_entries', ['seq', ...AUDIT_FACT_COLUMNS, 'prev_hash', 'hash'], {
  seq: 'bigint',
});
/** With one value for any number of positions. */
const REMOVE_PENDING = {
  sqlite: 'delete from audit_facts where position in (select value from json_each(?))',
  postgres: toPreparedText(
    'remove_pending',
    'delete from audit_facts where position in (select value::bigint from json_array_elements_text($1::json))',
  ),
};

/** Over 100 lines: one method for each statement. */
export function createAuditRepository(context: RepositoryContext): AuditRepository {
  const { kind, db } = context;

  return {
    add: (facts) => insertAuditFacts(context, facts.map(toAuditFactRow)),

    async addIntent({ id, nodeId, fact }) {
      const row = { id, node_id: nodeId, at: fact.at, fact: toJson(fact) };
      await db.insertInto('audit_intents').values(row).execute();
    },

    async removeIntent(id) {
      const { numDeletedRows } = await db.deleteFrom('audit_intents').where('id', '=', id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    async listIntents({ nodeId, before }) {
      const rows = await db
        .selectFrom('audit_intents')
        .selectAll()
        .where(({ eb, or }) => or([eb('node_id', '=', nodeId), eb('at', '<', before)]))
        .orderBy('at')
        .execute();
      return rows.map((row) => ({ id: row.id, nodeId: row.node_id, fact: fromJson<AuditFact>(row.fact) }));
    },

    async hasPending() {
      return (await db.selectFrom('audit_facts').select('position').limit(1).execute()).length > 0;
    },

    async listPending(limit) {
      const rows = await db.selectFrom('audit_facts').selectAll().orderBy('position').limit(limit).execute();
      return rows.map((row) => ({ ...toFact(row), position: row.position }));
    },

    async removePending(positions) {
      await db.executeQuery(CompiledQuery.raw(REMOVE_PENDING[kind], [JSON.stringify(positions)]));
    },

    async lockChain() {
      // A transaction of SQLite has the only write lock from its beginning.
      if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`.execute(db);
    },

    async appendEntries(entries) {
      await insertEntries(context, entries.map(toEntryRow));
    },

    async list({ action, actor, target, from, to, order = 'desc', after, limit }) {
      let query = db.selectFrom('audit_entries').selectAll();
      if (action !== undefined) query = query.where('action', '=', action);
      if (actor !== undefined) query = query.where('actor_id', '=', actor);
      if (target !== undefined) query = query.where('target_id', '=', target);
      if (from !== undefined) query = query.where('at', '>=', from);
      if (to !== undefined) query = query.where('at', '<=', to);
      if (after !== undefined) query = query.where('seq', order === 'asc' ? '>' : '<', after);
      return (await query.orderBy('seq', order).limit(limit).execute()).map(toEntry);
    },

    async findLastSeq() {
      const row = await db
        .selectFrom('audit_entries')
        .select(({ fn }) => fn.max('seq').as('last'))
        .executeTakeFirst();
      return row?.last ?? 0;
    },

    async findFirstSince(since) {
      const kept = db.selectFrom('audit_entries').selectAll().where('at', '>=', since);
      const row = await kept.orderBy('seq').limit(1).executeTakeFirst();
      return row && toEntry(row);
    },

    async removeThrough(seq) {
      await db.deleteFrom('audit_entries').where('seq', '<=', seq).execute();
    },

    findCheckpoint: (of) =>
      db
        .selectFrom('audit_checkpoints')
        .selectAll()
        .where('kind', '=', of)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst(),

    listCheckpoints: () => db.selectFrom('audit_checkpoints').selectAll().orderBy('seq').orderBy('kind').execute(),

    async addCheckpoint(checkpoint) {
      await db.insertInto('audit_checkpoints').values(checkpoint).execute();
    },

    async removeCheckpointsBelow(seq) {
      await db.deleteFrom('audit_checkpoints').where('seq', '<', seq).execute();
    },

    async thinCheckpoints({ from, below }) {
      const heads = db.selectFrom('audit_checkpoints').where('kind', '=', 'head').where('seq', '<', below);
      const last = await heads.select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
      if (last === undefined) return;
      const thin = db.deleteFrom('audit_checkpoints').where('kind', '=', 'head').where('seq', '>=', from);
      await thin.where('seq', '<', last.seq).execute();
    },
  };
}

function toFact(row: Omit<Selectable<AuditFactTable>, 'position'>): AuditFact {
  return {
    at: row.at,
    actor: { type: row.actor_type, id: row.actor_id },
    action: row.action,
    target: { type: row.target_type, id: row.target_id },
    outcome: row.outcome,
    details: row.details,
  };
}

function toEntry(row: Selectable<AuditEntryTable>): AuditEntry {
  return { seq: row.seq, ...toFact(row), prevHash: row.prev_hash, hash: row.hash };
}

function toEntryRow({ seq, prevHash, hash, ...fact }: AuditEntry): AuditEntryTable {
  return {
    ...(toAuditFactRow(fact) as Omit<AuditEntryTable, 'seq' | 'prev_hash' | 'hash'>),
    seq,
    prev_hash: prevHash,
    hash,
  };
}
