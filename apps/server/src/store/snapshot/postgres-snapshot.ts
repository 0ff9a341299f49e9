import pg from 'pg';

import { MIGRATION_NAMES, MIGRATION_TABLE } from '../migrations/migrate.ts';
import { createTypeParsers } from '../postgres/postgres-database.ts';
import { StoreError } from '../store-error.ts';
import { toPortable, toSchema, type PortableRow, type Snapshot, type SnapshotTable } from './portable-row.ts';
import { isStoreTable } from './store-table-names.ts';

const MAX_BATCH_ROWS = 200;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Nobody knows how long the rows of a table are before some are read. */
const FIRST_BATCH_ROWS = 10;

/** One transaction at REPEATABLE READ: every statement in it sees the database as of its first one. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'claude-sdk-pattern backup',
    types: createTypeParsers(),
  });
  // A broken connection fails the statement that waits; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('cannot_open', `The PostgreSQL database cannot be opened: ${reason}`, error);
  }
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const { rows } = await client.query<{ table_name: string; column_name: string }>(
      `select table_name, column_name from information_schema.columns
       where table_schema = current_schema() order by table_name, ordinal_position`,
    );
    const columns = Map.groupBy(rows, (row) => row.table_name);
    const migrations = columns.has(MIGRATION_TABLE)
      ? (await client.query<{ name: string }>(`select name from ${MIGRATION_TABLE}`)).rows
      : [];
    return {
      kind: 'postgres',
      schema: toSchema(
        migrations.map(({ name }) => name),
        MIGRATION_NAMES,
      ),
      tables: [...columns.keys()]
        .filter(isStoreTable)
        .map((name) => ({ name, columns: (columns.get(name) ?? []).map((column) => column.column_name) })),
      readRows: (table) => readBatches(client, table),
      [Symbol.asyncDispose]: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function* readBatches(client: pg.Client, { name, columns }: SnapshotTable): AsyncGenerator<PortableRow[]> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  await client.query(`declare backup_rows no scroll cursor for select ${list} from "${name}"`);
  for (let count = FIRST_BATCH_ROWS; ;) {
    const { rows } = await client.query<unknown[]>({ text: `fetch ${count} from backup_rows`, rowMode: 'array' });
    if (rows.length === 0) break;
    const batch = rows.map((row) => row.map(toPortable));
    yield batch;
    let bytes = 0;
    for (const value of batch.flat())
      bytes += typeof value === 'string' ? value.length : typeof value === 'object' ? (value?.base64.length ?? 0) : 16;
    const fitting = Math.floor(BATCH_BYTES / Math.max(1, bytes / batch.length));
    count = Math.max(1, Math.min(MAX_BATCH_ROWS, fitting));
  }
  await client.query('close backup_rows');
}
