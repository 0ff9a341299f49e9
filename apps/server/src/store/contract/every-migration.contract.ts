import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';

import { POSTGRES_TYPES, SQLITE_TYPES } from '../migrations/column-types.ts';
import { migrate, MIGRATION_NAMES, type MigrationName } from '../migrations/migrate.ts';
import { openPostgresDialect } from '../postgres/postgres-database.ts';
import type { StoreTables } from '../schema.ts';
import { isStoreTable } from '../snapshot/store-table-names.ts';
import { openSqliteDialect } from '../sqlite/sqlite-database.ts';
import type { BackEnd } from './back-end.ts';

type Database = Kysely<StoreTables>;
type Row = Record<string, unknown>;

/**
 * What migrations change on purpose: 0005 drops columns of approvals that nothing wrote, of which 0008 makes two anew; 0023
 * counts costs in whole micro-dollars.
 */
const CHANGED: readonly string[] = [
  'approvals.description',
  'approvals.reason',
  'approvals.suggestions',
  'approvals.title',
  'model_requests.cost_usd',
];

export function describeEveryMigration(backEnd: BackEnd): void {
  test('keeps what every version has stored, through all later migrations', async () => {
    const url = await backEnd.createDatabase();
    const kind = url.startsWith('sqlite:') ? 'sqlite' : 'postgres';
    const types = kind === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES;
    const dialect =
      kind === 'sqlite' ? await openSqliteDialect(url.slice('sqlite:'.length)) : await openPostgresDialect({ url });
    await using database = new Kysely<StoreTables>({ dialect });
    const stored = new Map<string, Row[]>();
    for (const through of MIGRATION_NAMES) {
      await migrate(database, types, { through });
      for (const { name, row } of await fillTables(database, kind, through))
        stored.set(name, [...(stored.get(name) ?? []), row]);
    }

    const changed = new Set<string>();
    for (const [name, rows] of stored) {
      const found = await sql<Row>`select * from ${sql.table(name)}`.execute(database);
      for (const row of rows) for (const column of findChanged(row, found.rows)) changed.add(`${name}.${column}`);
    }
    expect([...changed].toSorted()).toEqual(CHANGED);
  });
}

/** The columns in which the row that is most alike differs; a column that is gone differs. */
function findChanged(row: Row, found: readonly Row[]): string[] {
  const differing = found.map((each) =>
    Object.keys(row).filter((column) => String(row[column]) !== String(each[column])),
  );
  return differing.toSorted((a, b) => a.length - b.length)[0] ?? Object.keys(row);
}

async function listTables(database: Database) {
  const tables = await database.introspection.getTables();
  return tables.filter(({ name }) => isStoreTable(name));
}

/** Stores one row in every table that there is at this version. */
async function fillTables(
  database: Database,
  kind: 'sqlite' | 'postgres',
  version: MigrationName,
): Promise<{ name: string; row: Row }[]> {
  const parents = await listReferences(database, kind);
  const tables = (await listTables(database)).toSorted(
    (a, b) => toDepth(a.name, parents) - toDepth(b.name, parents) || (a.name < b.name ? -1 : 1),
  );
  const number = Number(version.slice(0, 4));
  const made: { name: string; row: Row }[] = [];
  for (const { name, columns } of tables) {
    const row = Object.fromEntries(
      columns
        .filter((column) => !column.isAutoIncrementing)
        .map((column): [string, unknown] => {
          const parent = parents.find((each) => each.child === name && each.from === column.name);
          if (parent !== undefined)
            return [column.name, made.find((each) => each.name === parent.parent)?.row[parent.to]];
          return [column.name, toValue(column, `${name} ${column.name}`, number)];
        }),
    );
    await sql`insert into ${sql.table(name)} (${sql.join(Object.keys(row).map((each) => sql.ref(each)))})
      values (${sql.join(Object.values(row))})`.execute(database);
    made.push({ name, row });
  }
  return made;
}

/** A text that is JSON too: SQLite does not tell the two apart. */
function toValue({ dataType }: { dataType: string }, label: string, number: number): unknown {
  if (/blob|bytea/i.test(dataType)) return Buffer.from(label);
  if (/int|real|double|float/i.test(dataType)) return number + 1;
  return JSON.stringify(`${label} of ${number}`);
}

interface Reference {
  child: string;
  from: string;
  parent: string;
  to: string;
}

async function listReferences(database: Database, kind: 'sqlite' | 'postgres'): Promise<Reference[]> {
  const found = await (
    kind === 'sqlite'
      ? sql<Reference>`select m.name as child, f."from" as "from", f."table" as parent, f."to" as "to"
          from sqlite_master as m join pragma_foreign_key_list(m.name) as f where m.type = 'table'`
      : sql<Reference>`select c.relname as child, a.attname as "from", p.relname as parent, b.attname as "to"
          from pg_constraint as k
          join pg_class as c on c.oid = k.conrelid join pg_class as p on p.oid = k.confrelid
          cross join lateral unnest(k.conkey, k.confkey) as u(x, y)
          join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.x
          join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = u.y
          where k.contype = 'f'`
  ).execute(database);
  return found.rows;
}

function toDepth(name: string, references: readonly Reference[]): number {
  const parents = references.filter(({ child, parent }) => child === name && parent !== name);
  return parents.length === 0 ? 0 : 1 + Math.max(...parents.map(({ parent }) => toDepth(parent, references)));
}
