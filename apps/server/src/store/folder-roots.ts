import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';
import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { FolderRootTable } from './schema.ts';

/** A folder of the machine below which sessions may work. */
export interface FolderRoot {
  id: string;
  /** Absolute, without links. No two roots have the same. */
  path: string;
  label: string;
  /** Whose sessions may use it. */
  roles: readonly string[];
  /** How they may use it. */
  modes: readonly FolderMode[];
  createdAt: string;
  updatedAt: string;
}

export type NewFolderRoot = Omit<FolderRoot, 'createdAt' | 'updatedAt'>;

export interface FolderRootRepository {
  /** By their labels. */
  list(): Promise<FolderRoot[]>;
  find(id: string): Promise<FolderRoot | undefined>;
  /** Undefined where another one has the path. */
  create(root: NewFolderRoot): Promise<FolderRoot | undefined>;
  /** Undefined where there is none. */
  change(id: string, change: Partial<Pick<FolderRoot, 'label' | 'roles' | 'modes'>>): Promise<FolderRoot | undefined>;
  /** The root that is no more; undefined where there was none. */
  delete(id: string): Promise<FolderRoot | undefined>;
}

export function createFolderRootRepository({ db, now }: RepositoryContext): FolderRootRepository {
  return {
    async list() {
      const rows = await db.selectFrom('folder_roots').selectAll().orderBy('label').orderBy('id').execute();
      return rows.map(toRoot);
    },

    async find(id) {
      const row = await db.selectFrom('folder_roots').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toRoot(row);
    },

    async create({ id, path, label, roles, modes }) {
      const at = now();
      const row = await db
        .insertInto('folder_roots')
        .values({ id, path, label, roles: toJson(roles), modes: toJson(modes), created_at: at, updated_at: at })
        .onConflict((conflict) => conflict.column('path').doNothing())
        .returningAll()
        .executeTakeFirst();
      return row && toRoot(row);
    },

    async change(id, { label, roles, modes }) {
      const row = await db
        .updateTable('folder_roots')
        .set({
          ...(label !== undefined && { label }),
          ...(roles !== undefined && { roles: toJson(roles) }),
          ...(modes !== undefined && { modes: toJson(modes) }),
          updated_at: now(),
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row && toRoot(row);
    },

    async delete(id) {
      const row = await db.deleteFrom('folder_roots').where('id', '=', id).returningAll().executeTakeFirst();
      return row && toRoot(row);
    },
  };
}

function toRoot(row: Selectable<FolderRootTable>): FolderRoot {
  return {
    ...{ id: row.id, path: row.path, label: row.label },
    ...{ roles: fromJson<string[]>(row.roles), modes: fromJson<FolderMode[]>(row.modes) },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}
