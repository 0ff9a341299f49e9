import type { Selectable } from 'kysely';

import { fromJson, toJson, toPlainTextOrNull } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { PluginTable } from './schema.ts';

/** A plugin in the registry. */
export interface StoredPlugin extends NewPlugin {
  /** Rises with every change. */
  revision: number;
  createdAt: string;
  updatedAt: string;
}

export interface NewPlugin {
  name: string;
  state: string;
  version: string | null;
  digest: string;
  /** Everything else that the registry knows, as JSON. */
  record: unknown;
}

export interface PluginRepository {
  /** By name. */
  list(): Promise<StoredPlugin[]>;
  find(name: string): Promise<StoredPlugin | undefined>;
  /** What every plugin's revision is: another answer after every change, and cheap to ask for. */
  listRevisions(): Promise<{ name: string; revision: number; updatedAt: string }[]>;
  /** Undefined where there is one of that name. */
  create(plugin: NewPlugin): Promise<StoredPlugin | undefined>;
  /** Replaces it if it still has that revision; undefined when it is another by now. */
  replace(plugin: NewPlugin, revision: number): Promise<StoredPlugin | undefined>;
  /** False when it has another revision by now. */
  delete(name: string, revision: number): Promise<boolean>;
}

export function createPluginRepository({ db, now }: RepositoryContext): PluginRepository {
  return {
    async list() {
      const rows = await db.selectFrom('plugins').selectAll().orderBy('name').execute();
      return rows.map(toPlugin);
    },

    async find(name) {
      const row = await db.selectFrom('plugins').selectAll().where('name', '=', name).executeTakeFirst();
      return row && toPlugin(row);
    },

    async listRevisions() {
      const rows = await db.selectFrom('plugins').select(['name', 'revision', 'updated_at']).orderBy('name').execute();
      return rows.map(({ name, revision, updated_at: updatedAt }) => ({ name, revision, updatedAt }));
    },

    async create(plugin) {
      const at = now();
      const row = { ...toRow(plugin), revision: 1, created_at: at, updated_at: at };
      const created = await db
        .insertInto('plugins')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      return created && toPlugin(created);
    },

    async replace(plugin, revision) {
      const changed = await db
        .updateTable('plugins')
        .set({ ...toRow(plugin), revision: revision + 1, updated_at: now() })
        .where('name', '=', plugin.name)
        .where('revision', '=', revision)
        .returningAll()
        .executeTakeFirst();
      return changed && toPlugin(changed);
    },

    async delete(name, revision) {
      const { numDeletedRows } = await db
        .deleteFrom('plugins')
        .where('name', '=', name)
        .where('revision', '=', revision)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function toRow({ name, state, version, digest, record }: NewPlugin) {
  return { name, state, version: toPlainTextOrNull(version), digest, record: toJson(record) };
}

function toPlugin(row: Selectable<PluginTable>): StoredPlugin {
  return {
    name: row.name,
    state: row.state,
    version: row.version,
    digest: row.digest,
    record: fromJson<unknown>(row.record),
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
