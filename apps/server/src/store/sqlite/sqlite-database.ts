import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import BetterSqlite from 'better-sqlite3';
import {
  SqliteAdapter,
  SqliteDialect,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';

import { StoreError } from '../store-error.ts';
import { translateErrors } from '../translate-errors.ts';
import { toSqliteStoreError } from './sqlite-errors.ts';

/** How long a statement waits for another process's lock. It blocks the event loop, so it is short. */
const BUSY_TIMEOUT_MS = 5_000;
const WAL_RETRY_MS = 10;
const STATEMENT_CACHE_SIZE = 500;
const MEMORY = ':memory:';

/**
 * Opens a SQLite file (made with its folder where missing, readable by its owner only) as a Kysely dialect. A commit
 * survives the end of the process at once, and a power cut when `createWriteAheadSync` has flushed it. Throws
 * `cannot_open` or `corrupt`.
 */
export function openSqliteDialect(path: string): Dialect {
  const database = openFile(path);
  const dialect = new SqliteDialect({
    database: withStatementCache(database),
    onCreateConnection: (connection: DatabaseConnection) => {
      translateErrors(connection, toSqliteStoreError);
      return Promise.resolve();
    },
  });
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

/** Kysely's adapter says that SQLite cannot roll back DDL. It can, and then a failed migration leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function openFile(path: string): BetterSqlite.Database {
  let database: BetterSqlite.Database | undefined;
  try {
    if (path !== MEMORY) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite itself would make it readable by everybody; its -wal and -shm files take the mode over.
      closeSync(openSync(path, 'a', 0o600));
    }
    database = new BetterSqlite(path, { timeout: BUSY_TIMEOUT_MS });
    writeAhead(database);
    // A commit is flushed outside of the event loop, by `createWriteAheadSync`.
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma('temp_store = MEMORY');
    database.pragma('cache_size = -16000');
    return database;
  } catch (error) {
    database?.close();
    const known = toSqliteStoreError(error);
    if (known && known.code !== 'failed') throw new StoreError(known.code, `${path}: ${known.message}`, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('cannot_open', `The database ${path} cannot be opened: ${reason}`, error);
  }
}

/**
 * Turns WAL on. While two processes do so on a new file, SQLite refuses one of them at once, whatever the time-out, so
 * it is tried again for as long as a statement would wait.
 */
function writeAhead(database: BetterSqlite.Database): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = error instanceof BetterSqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!isBusy || Date.now() > deadline) throw error;
      Atomics.wait(pause, 0, 0, WAL_RETRY_MS);
    }
  }
}

/** SQLite itself rolls back when the disk is full; a rollback after that would fail and hide the first error. */
const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

/**
 * Keeps prepared statements: preparing costs more than running one row's insert. `begin` becomes `begin immediate`,
 * since a transaction that reads first and writes later fails at once, without waiting, when another process wrote.
 */
function withStatementCache(database: BetterSqlite.Database): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (text) => {
      if (text === 'rollback' && !database.inTransaction) return NOTHING;
      const sql = text === 'begin' ? 'begin immediate' : text;
      const cached = cache.get(sql);
      if (cached) return cached;
      const statement: SqliteStatement = database.prepare(sql);
      if (cache.size >= STATEMENT_CACHE_SIZE) cache.clear();
      cache.set(sql, statement);
      return statement;
    },
  };
}
