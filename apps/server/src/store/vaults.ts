import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { findNewest } from './newest-first.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { VaultRecordTable } from './schema.ts';

/** A vault or a credential in one, without its secret values. */
export interface VaultRecord {
  id: string;
  /** The user who owns the vault; the vault that has the credential. */
  parentId: string;
  /** What clients see; this server wrote it itself. */
  content: unknown;
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
  /** Undefined when there is none. */
  update(id: string, content: unknown): Promise<VaultRecord | undefined>;
  /** Keeps the time of an earlier call. Undefined when there is none. */
  archive(id: string): Promise<VaultRecord | undefined>;
  /** False when there was none. */
  delete(id: string): Promise<boolean>;
  /** Last made first. Throws `invalid_cursor`. */
  list(options: VaultRecordList): Promise<{ records: VaultRecord[]; nextCursor: string | null }>;
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
      return { id, parentId, content, createdAt: at, updatedAt: at, archivedAt: null };
    },

    async update(id, content) {
      await db
        .updateTable(table)
        .set({ content: toJson(content), updated_at: now() })
        .where('id', '=', id)
        .execute();
      return find(id);
    },

    async archive(id) {
      const at = now();
      const unarchived = db.updateTable(table).where('id', '=', id).where('archived_at', 'is', null);
      await unarchived.set({ archived_at: at, updated_at: at }).execute();
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
  };
}
