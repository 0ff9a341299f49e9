import { CompiledQuery, Kysely, sql } from 'kysely';

import { POSTGRES_TYPES, SQLITE_TYPES } from '../migrations/column-types.ts';
import { migrate, type MigrationName } from '../migrations/migrate.ts';
import { openPostgresDialect } from '../postgres/postgres-database.ts';
import type { StoreTables } from '../schema.ts';
import { openSqliteDialect } from '../sqlite/sqlite-database.ts';
import { StoreError } from '../store-error.ts';
import type { PortableRow, PortableValue, SnapshotTable } from './portable-row.ts';

export interface TargetDatabase {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
}

export interface SnapshotSource {
  schema: MigrationName;
  tables: readonly SnapshotTable[];
  readRows(table: SnapshotTable): AsyncIterable<readonly PortableRow[]>;
}

/** Rows that say that somebody has used a database. */
const SIGNS_OF_USE = ['sessions', 'auth_user', 'audit_entries'] as const;
/** SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535. */
const MAX_PARAMETERS = 16_000;

/**
 * Fills an empty database with rows that either database wrote, in one transaction: it has all of them, or none. Its
 * schema is that of the rows; `openStore` then brings it up to date, as it would have where they come from.
 * @param url as for `openStore`
 * @throws StoreError `conflict` when the database is used, and as `openStore`
 */
export async function loadSnapshot(
  url: string,
  source: SnapshotSource,
  options: {
    /** Makes the tables of accounts. */
    makeAuthTables(target: TargetDatabase): Promise<void>;
    /** Runs behind the rows, in their transaction. */
    finish(target: TargetDatabase): Promise<void>;
  },
): Promise<void> {
  const kind = url.startsWith('sqlite:') ? 'sqlite' : 'postgres';
  const dialect =
    kind === 'sqlite' ? await openSqliteDialect(url.slice('sqlite:'.length)) : await openPostgresDialect({ url });
  await using database = new Kysely<StoreTables>({ dialect });
  await assertUnused({ kind, database });
  await migrate(database, kind === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES, { through: source.schema });
  await options.makeAuthTables({ kind, database });
  await database.transaction().execute(async (trx) => {
    const target = { kind, database: trx } as const;
    const tables = await orderTables(target, source.tables);
    // What migrations put there themselves.
    for (const { name } of tables.toReversed()) await sql`delete from ${sql.table(name)}`.execute(trx);
    for (const table of tables) {
      for await (const rows of source.readRows(table)) await insertRows(target, table, rows);
      if (kind === 'postgres') await continueSequences(target, table);
    }
    await options.finish(target);
  });
}

async function assertUnused({ database }: TargetDatabase): Promise<void> {
  const names = new Set((await database.introspection.getTables()).map(({ name }) => name));
  for (const name of SIGNS_OF_USE) {
    if (!names.has(name)) continue;
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(database);
    if (rows.length > 0)
      throw new StoreError('conflict', 'The database is in use already. Restore into an empty one: make a new one.');
  }
}

/** Those that others refer to come first. */
async function orderTables(
  { kind, database }: TargetDatabase,
  tables: readonly SnapshotTable[],
): Promise<SnapshotTable[]> {
  const references = await (
    kind === 'sqlite'
      ? sql<{ child: string; parent: string }>`
        select m.name as child, f."table" as parent
        from sqlite_master as m join pragma_foreign_key_list(m.name) as f where m.type = 'table'`
      : sql<{ child: string; parent: string }>`
        select c.relname as child, p.relname as parent from pg_constraint as k
        join pg_class as c on c.oid = k.conrelid join pg_class as p on p.oid = k.confrelid where k.contype = 'f'`
  ).execute(database);
  const ordered = new Map<string, SnapshotTable>();
  const add = (table: SnapshotTable) => {
    if (ordered.has(table.name)) return;
    for (const { child, parent } of references.rows) {
      const found = child === table.name && parent !== child && tables.find(({ name }) => name === parent);
      if (found) add(found);
    }
    ordered.set(table.name, table);
  };
  for (const table of tables) add(table);
  return [...ordered.values()];
}

async function insertRows(
  { kind, database }: TargetDatabase,
  { name, columns }: SnapshotTable,
  rows: readonly PortableRow[],
): Promise<void> {
  const perStatement = Math.max(1, Math.floor(MAX_PARAMETERS / columns.length));
  const list = columns.map((column) => `"${column}"`).join(', ');
  // Keys that PostgreSQL makes itself keep their values.
  const keys = kind === 'postgres' ? ' overriding system value' : '';
  for (let start = 0; start < rows.length; start += perStatement) {
    const part = rows.slice(start, start + perStatement);
    let parameter = 0;
    const place = () => (kind === 'sqlite' ? '?' : `$${(parameter += 1)}`);
    const values = part.map((row) => `(${row.map(place).join(', ')})`).join(', ');
    const parameters = part.flatMap((row) => row.map((value) => toParameter(kind, value)));
    await database.executeQuery(
      CompiledQuery.raw(`insert into "${name}" (${list})${keys} values ${values}`, parameters),
    );
  }
}

function toParameter(kind: TargetDatabase['kind'], value: PortableValue): unknown {
  if (value !== null && typeof value === 'object') return Buffer.from(value.base64, 'base64');
  // SQLite has no booleans; PostgreSQL reads the 1 and 0 of SQLite as booleans.
  return kind === 'sqlite' && typeof value === 'boolean' ? Number(value) : value;
}

async function continueSequences({ database }: TargetDatabase, { name, columns }: SnapshotTable): Promise<void> {
  const { rows } = await sql<{ column_name: string }>`
    select column_name from information_schema.columns
    where table_schema = current_schema() and table_name = ${name} and is_identity = 'YES'`.execute(database);
  for (const { column_name: column } of rows.filter((row) => columns.includes(row.column_name)))
    await sql`select setval(pg_get_serial_sequence(${name}, ${column}), coalesce(max(${sql.ref(column)}), 1),
      max(${sql.ref(column)}) is not null) from ${sql.table(name)}`.execute(database);
}
