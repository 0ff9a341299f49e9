import type { Kysely, Selectable } from 'kysely';

import { fromJson, toJson, toPlainText } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { DefinitionTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** One version of an agent or an environment; a version never changes, but for being archived. */
export interface Definition {
  id: string;
  /** 1, 2, 3 … */
  version: number;
  name: string;
  /** As JSON gave it back; parse it before trusting its shape. */
  definition: unknown;
  createdAt: string;
  archivedAt: string | null;
}

export interface NewDefinition {
  id: string;
  name: string;
  definition: unknown;
  /** The version that the change was made from (0 for none); `put` throws `conflict` when there is a newer one. */
  expectedVersion?: number;
}

export interface DefinitionRepository {
  /** Adds the next version. Throws `conflict` when it is archived, or when another writer was first. */
  put(definition: NewDefinition): Promise<Definition>;
  /** A version, or the newest. */
  find(id: string, version?: number): Promise<Definition | undefined>;
  /** The newest version of each, by id. */
  listLatest(options?: { includeArchived?: boolean }): Promise<Definition[]>;
  /** All versions of one, newest first. */
  listVersions(id: string): Promise<Definition[]>;
  /** Archives all versions; throws `not_found`. Archiving again keeps the first time. */
  archive(id: string): Promise<Definition>;
}

type DefinitionTables = { agents: DefinitionTable; environments: DefinitionTable };

/** Agents and environments are kept alike, in a table each. */
export function createDefinitionRepository(
  { db: database, now }: RepositoryContext,
  table: keyof DefinitionTables,
): DefinitionRepository {
  // One table name is enough for the types: both tables have the same columns.
  const from = table as 'agents';
  const db: Kysely<DefinitionTables> = database;

  const find = async (id: string, version?: number): Promise<Definition | undefined> => {
    let query = db.selectFrom(from).selectAll().where('id', '=', id);
    if (version !== undefined) query = query.where('version', '=', version);
    const row = await query.orderBy('version', 'desc').limit(1).executeTakeFirst();
    return row && toDefinition(row);
  };

  return {
    async put({ id, name, definition, expectedVersion }) {
      const latest = await find(id);
      const version = latest?.version ?? 0;
      if (latest?.archivedAt) throw new StoreError('conflict', `${id} is archived and takes no new version.`);
      if (expectedVersion !== undefined && expectedVersion !== version) {
        throw new StoreError(
          'conflict',
          `${id} is at version ${version}, not ${expectedVersion}. Read it again first.`,
        );
      }
      const row = {
        id,
        version: version + 1,
        name: toPlainText(name),
        definition: toJson(definition),
        created_at: now(),
        archived_at: null,
      };
      // Two writers at once: the primary key refuses the second one with `conflict`.
      await db.insertInto(from).values(row).execute();
      return toDefinition(row);
    },

    find,

    async listLatest({ includeArchived = false } = {}) {
      let query = db
        .selectFrom(`${from} as d`)
        .selectAll('d')
        .where('d.version', '=', (eb) =>
          eb
            .selectFrom(`${from} as other`)
            .select((e) => e.fn.max('other.version').as('newest'))
            .whereRef('other.id', '=', 'd.id'),
        );
      if (!includeArchived) query = query.where('d.archived_at', 'is', null);
      return (await query.orderBy('d.id').execute()).map(toDefinition);
    },

    async listVersions(id) {
      const rows = await db.selectFrom(from).selectAll().where('id', '=', id).orderBy('version', 'desc').execute();
      return rows.map(toDefinition);
    },

    async archive(id) {
      const change = db.updateTable(from).set({ archived_at: now() });
      await change.where('id', '=', id).where('archived_at', 'is', null).execute();
      const latest = await find(id);
      if (!latest) throw new StoreError('not_found', `There is no ${id}.`);
      return latest;
    },
  };
}

function toDefinition(row: Selectable<DefinitionTable>): Definition {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    definition: fromJson<unknown>(row.definition),
    createdAt: row.created_at,
    archivedAt: row.archived_at,
  };
}
