import type { Kysely, Selectable } from 'kysely';

import { parseCursor, toCursor } from './cursor.ts';
import { fromJson, toJson, toPlainText } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { DefinitionTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** Who may see a definition besides its owner: `account` nobody, `organization` everybody. */
export type DefinitionScope = 'account' | 'organization';

/** One version of an agent or an environment. A version never changes, except that it can be archived. */
export interface Definition {
  id: string;
  /** 1, 2, 3 … */
  version: number;
  name: string;
  /** Parsed JSON. Check its shape before use. */
  definition: unknown;
  /** Null for definitions of the platform itself. */
  ownerId: string | null;
  scope: DefinitionScope;
  createdAt: string;
  /** When version 1 was made. */
  firstCreatedAt: string;
  archivedAt: string | null;
}

export interface NewDefinition {
  id: string;
  name: string;
  definition: unknown;
  /** Owner, set with version 1; later versions keep it. */
  ownerId?: string | null;
  /** `account` unless given; later versions keep it unless they give another. */
  scope?: DefinitionScope;
  /** The version that the change was made from (0 for none); `put` throws `conflict` when there is a newer one. */
  expectedVersion?: number;
}

export interface DefinitionListOptions {
  /** Only what this user owns or everybody may see; null lists all. */
  visibleTo: string | null;
  includeArchived?: boolean;
  /** ISO 8601, inclusive; of version 1. */
  createdFrom?: string;
  createdThrough?: string;
  limit: number;
  cursor?: string | null;
}

export interface DefinitionPage {
  definitions: Definition[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export interface DefinitionRepository {
  /** Adds the next version. Throws `conflict` when it is archived, or when another writer was first. */
  put(definition: NewDefinition): Promise<Definition>;
  /** A version, or the newest. */
  find(id: string, version?: number): Promise<Definition | undefined>;
  /** The newest version of each, last made first. Throws `invalid_cursor`. */
  list(options: DefinitionListOptions): Promise<DefinitionPage>;
  /** Versions of one below `before`, newest first. */
  listVersions(id: string, options?: { before?: number; limit?: number }): Promise<Definition[]>;
  /** Archives all versions; throws `not_found`. Archiving again keeps the first time. */
  archive(id: string): Promise<Definition>;
  /** Gives all of a user's to another one; null: to the platform. */
  giveTo(ownerId: string, nextOwnerId: string | null): Promise<void>;
  /** The ids of all that the user owns and nobody else may use. */
  listPrivate(ownerId: string): Promise<string[]>;
  /** Deletes all versions; false when there was none. */
  delete(id: string): Promise<boolean>;
}

type DefinitionTables = { agents: DefinitionTable; environments: DefinitionTable };

/**
 * The repository of agents or of environments. Each has a table; both have the same columns.
 *
 * Over 100 lines: one method for each statement.
 */
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
    async put({ id, name, definition, ownerId, scope, expectedVersion }) {
      const latest = await find(id);
      const version = latest?.version ?? 0;
      if (latest?.archivedAt) throw new StoreError('conflict', `${id} is archived and takes no new version.`);
      if (expectedVersion !== undefined && expectedVersion !== version) {
        throw new StoreError(
          'conflict',
          `${id} is at version ${version}, not ${expectedVersion}. Read it again first.`,
        );
      }
      const at = now();
      const row = {
        id,
        version: version + 1,
        name: toPlainText(name),
        definition: toJson(definition),
        owner_id: latest ? latest.ownerId : (ownerId ?? null),
        scope: scope ?? latest?.scope ?? 'account',
        created_at: at,
        first_created_at: latest?.firstCreatedAt ?? at,
        archived_at: null,
      };
      // Two writers at once: the primary key refuses the second one with `conflict`.
      await db.insertInto(from).values(row).execute();
      return toDefinition(row);
    },

    find,

    async list({ visibleTo, includeArchived = false, createdFrom, createdThrough, limit, cursor }) {
      let query = db
        .selectFrom(`${from} as d`)
        .selectAll('d')
        .where('d.version', '=', (eb) =>
          eb
            .selectFrom(`${from} as other`)
            .select((e) => e.fn.max('other.version').as('newest'))
            .whereRef('other.id', '=', 'd.id'),
        );
      if (visibleTo !== null) {
        query = query.where(({ eb, or }) => or([eb('d.owner_id', '=', visibleTo), eb('d.scope', '=', 'organization')]));
      }
      if (!includeArchived) query = query.where('d.archived_at', 'is', null);
      if (createdFrom !== undefined) query = query.where('d.first_created_at', '>=', createdFrom);
      if (createdThrough !== undefined) query = query.where('d.first_created_at', '<=', createdThrough);
      if (cursor) {
        const place = parseCursor(cursor);
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('d.first_created_at', 'd.id'), '<', tuple(place.value, place.id)),
        );
      }
      const rows = await query
        .orderBy('d.first_created_at', 'desc')
        .orderBy('d.id', 'desc')
        .limit(limit + 1)
        .execute();
      const definitions = rows.slice(0, limit).map(toDefinition);
      const last = definitions.at(-1);
      const nextCursor = rows.length > limit && last ? toCursor({ value: last.firstCreatedAt, id: last.id }) : null;
      return { definitions, nextCursor };
    },

    async listVersions(id, { before, limit } = {}) {
      let query = db.selectFrom(from).selectAll().where('id', '=', id);
      if (before !== undefined) query = query.where('version', '<', before);
      if (limit !== undefined) query = query.limit(limit);
      return (await query.orderBy('version', 'desc').execute()).map(toDefinition);
    },

    async archive(id) {
      const change = db.updateTable(from).set({ archived_at: now() });
      await change.where('id', '=', id).where('archived_at', 'is', null).execute();
      const latest = await find(id);
      if (!latest) throw new StoreError('not_found', `There is no ${id}.`);
      return latest;
    },

    async giveTo(ownerId, nextOwnerId) {
      await db.updateTable(from).set({ owner_id: nextOwnerId }).where('owner_id', '=', ownerId).execute();
    },

    async listPrivate(ownerId) {
      const owned = db.selectFrom(from).select('id').distinct().where('owner_id', '=', ownerId);
      return (await owned.where('scope', '=', 'account').execute()).map(({ id }) => id);
    },

    async delete(id) {
      const result = await db.deleteFrom(from).where('id', '=', id).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

function toDefinition(row: Selectable<DefinitionTable>): Definition {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    definition: fromJson<unknown>(row.definition),
    ownerId: row.owner_id,
    scope: row.scope as DefinitionScope,
    createdAt: row.created_at,
    firstCreatedAt: row.first_created_at ?? row.created_at,
    archivedAt: row.archived_at,
  };
}
