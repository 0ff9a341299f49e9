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

import { StoreError, type StoreErrorCode } from '../store-error.ts';
import { hearFaults, translateErrors } from '../translate-errors.ts';
import { createBusyRetry, type BusyOptions, type BusyRetry } from './busy-retry.ts';
import { toSqliteStoreError } from './sqlite-errors.ts';

/** How long SQLite itself waits for another process's lock. It blocks the event loop, so the rest is waited outside. */
const BLOCKING_WAIT_MS = 3;
const STATEMENT_CACHE_SIZE = 500;
const MEMORY = ':memory:';

export interface SqliteOptions extends BusyOptions {
  /** Refuses to make a missing file. */
  isExisting?: boolean | undefined;
  onError?: ((code: StoreErrorCode) => void) | undefined;
}

/**
 * Opens a SQLite file as a Kysely dialect. Creates missing files and folders, unless told not to, readable by the owner only. A commit
 * survives the end of the process, and a power cut after `createWriteAheadSync` has flushed it. A statement that
 * finds the file locked by another process is tried again while the event loop runs.
 * @throws StoreError `cannot_open`, `corrupt` or `busy`.
 */
export async function openSqliteDialect(path: string, options: SqliteOptions = {}): Promise<Dialect> {
  const whileBusy = createBusyRetry(options);
  const database = await openFile(path, { whileBusy, isExisting: options.isExisting === true });
  const dialect = new SqliteDialect({
    database: withStatementCache(database),
    onCreateConnection: (connection: DatabaseConnection) => {
      const executeQuery = connection.executeQuery.bind(connection);
      connection.executeQuery = (...query) => whileBusy(() => executeQuery(...query));
      translateErrors(connection, hearFaults(toSqliteStoreError, options.onError));
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

async function openFile(
  path: string,
  { whileBusy, isExisting }: { whileBusy: BusyRetry; isExisting: boolean },
): Promise<BetterSqlite.Database> {
  let database: BetterSqlite.Database | undefined;
  try {
    if (path !== MEMORY && !isExisting) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite itself would make it readable by everybody; its -wal and -shm files take the mode over.
      closeSync(openSync(path, 'a', 0o600));
    }
    const opened = new BetterSqlite(path, { timeout: BLOCKING_WAIT_MS, fileMustExist: isExisting });
    database = opened;
    // While two processes turn it on for a new file, SQLite refuses one of them at once.
    await whileBusy(async () => opened.pragma('journal_mode = WAL'));
    // A commit is flushed outside of the event loop, by `createWriteAheadSync`.
    opened.pragma('synchronous = NORMAL');
    opened.pragma('foreign_keys = ON');
    opened.pragma('temp_store = MEMORY');
    opened.pragma('cache_size = -16000');
    return opened;
  } catch (error) {
    database?.close();
    const known = toSqliteStoreError(error);
    if (known && known.code !== 'failed') throw new StoreError(known.code, `${path}: ${known.message}`, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('cannot_open', `The database ${path} cannot be opened: ${reason}`, error);
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
