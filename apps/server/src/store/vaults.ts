import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { findNewest } from './newest-first.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { VaultRecordTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** A vault or a credential in one, without its secret values. */
export interface VaultRecord {
  id: string;
  /** The user who owns the vault; the vault that has the credential. */
  parentId: string;
  /** What clients see; this server wrote it itself. */
  content: unknown;
  /** Rises with every change, also of secret values alone. */
  version: number;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
}

export interface VaultRecordList {
  parentId: string;
  includeArchived?: boolean;
  limit: number;
  cursor?: string | null;
}

export interface VaultRecordRepository {
  create(record: Pick<VaultRecord, 'id' | 'parentId' | 'content'>): Promise<VaultRecord>;
  find(id: string): Promise<VaultRecord | undefined>;
  /** Keeps others from changing it until the transaction ends. Undefined when there is none. */
  lock(id: string): Promise<VaultRecord | undefined>;
  /** Makes the next version. Undefined when there is none. Throws `conflict` when it has another version by now. */
  update(id: string, change: { version: number; content: unknown }): Promise<VaultRecord | undefined>;
  /** Keeps the time of an earlier call. Undefined when there is none. */
  archive(id: string): Promise<VaultRecord | undefined>;
  /** False when there was none. */
  delete(id: string): Promise<boolean>;
  /** Last made first. Throws `invalid_cursor`. */
  list(options: VaultRecordList): Promise<{ records: VaultRecord[]; nextCursor: string | null }>;
  /** All of a parent that are not archived, first made first. */
  listUsable(parentId: string): Promise<VaultRecord[]>;
  /** Ids of all, archived ones included. */
  listIds(parentId: string): Promise<string[]>;
  count(parentId: string): Promise<number>;
}

/** The same for vaults, whose parent is a user, and for credentials, whose parent is a vault. */
export function createVaultRecordRepository(
  { db, now }: RepositoryContext,
  table: 'vaults' | 'vault_credentials',
): VaultRecordRepository {
  const find: VaultRecordRepository['find'] = async (id) => {
    const row = await db.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst();
    return row && toRecord(row);
  };

  return {
    find,

    async create({ id, parentId, content }) {
      const at = now();
      const row = { id, parent_id: parentId, content: toJson(content), created_at: at, updated_at: at };
      await db.insertInto(table).values(row).execute();
      return { id, parentId, content, version: 1, createdAt: at, updatedAt: at, archivedAt: null };
    },

    async lock(id) {
      const locked = db
        .updateTable(table)
        .set(({ ref }) => ({ version: ref('version') }))
        .where('id', '=', id);
      const row = await locked.returningAll().executeTakeFirst();
      return row && toRecord(row);
    },

    async update(id, { version, content }) {
      const row = await db
        .updateTable(table)
        .set({ content: toJson(content), version: version + 1, updated_at: now() })
        .where('id', '=', id)
        .where('version', '=', version)
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) return toRecord(row);
      if ((await find(id)) === undefined) return undefined;
      throw new StoreError('conflict', `${id} has changed since version ${version}. Read it again.`);
    },

    async archive(id) {
      const at = now();
      await db
        .updateTable(table)
        .set(({ eb }) => ({ archived_at: at, updated_at: at, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('archived_at', 'is', null)
        .execute();
      return find(id);
    },

    async delete(id) {
      const result = await db.deleteFrom(table).where('id', '=', id).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async list({ parentId, includeArchived = false, limit, cursor }) {
      let query = db.selectFrom(table).selectAll().where('parent_id', '=', parentId);
      if (!includeArchived) query = query.where('archived_at', 'is', null);
      const { rows, nextCursor } = await findNewest(query, { limit, cursor });
      return { records: rows.map(toRecord), nextCursor };
    },

    async listUsable(parentId) {
      const usable = db
        .selectFrom(table)
        .selectAll()
        .where('parent_id', '=', parentId)
        .where('archived_at', 'is', null);
      return (await usable.orderBy('created_at').orderBy('id').execute()).map(toRecord);
    },

    async listIds(parentId) {
      const rows = await db.selectFrom(table).select('id').where('parent_id', '=', parentId).execute();
      return rows.map(({ id }) => id);
    },

    async count(parentId) {
      const counted = db.selectFrom(table).where('parent_id', '=', parentId);
      return Number((await counted.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count);
    },
  };
}

function toRecord(row: Selectable<VaultRecordTable>): VaultRecord {
  return {
    id: row.id,
    parentId: row.parent_id,
    content: fromJson(row.content),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
  };
}
