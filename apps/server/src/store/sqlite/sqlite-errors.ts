import { StoreError, type StoreErrorCode } from '../store-error.ts';

/** By the beginning of SQLite's extended result code; the first match counts. */
const CODES: ReadonlyArray<readonly [prefix: string, code: StoreErrorCode, advice: string]> = [
  ['SQLITE_FULL', 'disk_full', 'The disk is full. Free some space; nothing of this write was stored.'],
  ['SQLITE_IOERR_WRITE', 'disk_full', 'The database could not be written. Check the disk.'],
  ['SQLITE_BUSY', 'busy', 'Another process holds the database. Is a second server using the same file?'],
  ['SQLITE_LOCKED', 'busy', 'Another statement holds the database.'],
  ['SQLITE_CANTOPEN', 'cannot_open', 'The database file cannot be opened. Check the path and its permissions.'],
  ['SQLITE_READONLY', 'cannot_open', 'The database file cannot be written. Check its permissions.'],
  ['SQLITE_PERM', 'cannot_open', 'The database file cannot be opened. Check its permissions.'],
  ['SQLITE_CORRUPT', 'corrupt', 'The database file is damaged. Restore a backup.'],
  ['SQLITE_NOTADB', 'corrupt', 'The file is not a database, or is encrypted.'],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 'not_found', 'The session that this row belongs to does not exist.'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'conflict', 'A row with this key exists.'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'conflict', 'A row with this key exists.'],
  ['SQLITE_CONSTRAINT', 'invalid_value', 'A value is missing or not allowed.'],
  ['SQLITE_TOOBIG', 'invalid_value', 'A value is too large.'],
];

/** Turns an error of better-sqlite3 (https://sqlite.org/rescode.html) into a store error. */
export function toSqliteStoreError(error: unknown): StoreError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!code.startsWith('SQLITE_')) return undefined;
  const found = CODES.find(([prefix]) => code.startsWith(prefix));
  if (!found) return new StoreError('failed', `The database refused a statement: ${error.message} (${code})`, error);
  return new StoreError(found[1], `${found[2]} (${error.message}, ${code})`, error);
}
