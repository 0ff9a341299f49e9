import BetterSqlite from 'better-sqlite3';

import { MIGRATION_NAMES, MIGRATION_TABLE } from '../migrations/migrate.ts';
import { toSqliteStoreError } from '../sqlite/sqlite-errors.ts';
import { StoreError } from '../store-error.ts';
import { toPortable, toSchema, type PortableRow, type Snapshot, type SnapshotTable } from './portable-row.ts';
import { isStoreTable } from './store-table-names.ts';

const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
/** How long a server may hold the file while it makes or removes its write-ahead log. */
const TIMEOUT_MS = 5000;

/**
 * A read transaction on a connection of its own. Not SQLite's backup API, which begins anew whenever another process
 * writes (https://sqlite.org/backup.html), so beside a busy server it may never end.
 */
export function openSqliteSnapshot(path: string): Snapshot {
  const database = openFile(path);
  try {
    database.exec('begin');
    // The snapshot is taken with the first read.
    const names = database.prepare(`select name from sqlite_master where type = 'table' order by name`).pluck().all();
    const tables = (names as string[]).filter(isStoreTable).map((name) => ({
      name,
      columns: (database.pragma(`table_info("${name}")`) as { name: string }[]).map((column) => column.name),
    }));
    const migrations = names.includes(MIGRATION_TABLE)
      ? (database.prepare(`select name from ${MIGRATION_TABLE}`).pluck().all() as string[])
      : [];
    return {
      kind: 'sqlite',
      schema: toSchema(migrations, MIGRATION_NAMES),
      tables,
      // Not `async *`: reading is synchronous, and whoever reads decides when to go on.
      async *readRows(table) {
        yield* readBatches(database, table);
      },
      [Symbol.asyncDispose]: async () => void database.close(),
    };
  } catch (error) {
    database.close();
    throw toSqliteStoreError(error) ?? error;
  }
}

function openFile(path: string): BetterSqlite.Database {
  try {
    return new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: TIMEOUT_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('cannot_open', `The database ${path} cannot be opened: ${reason}`, error);
  }
}

function* readBatches(database: BetterSqlite.Database, { name, columns }: SnapshotTable): Generator<PortableRow[]> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  let batch: PortableRow[] = [];
  let bytes = 0;
  for (const values of database.prepare(`select ${list} from "${name}"`).raw().iterate() as Iterable<unknown[]>) {
    const row = values.map(toPortable);
    batch.push(row);
    for (const value of row) bytes += typeof value === 'string' ? value.length : 16;
    if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
