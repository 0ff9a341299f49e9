import { StoreError, type StoreErrorCode } from '../store-error.ts';

/** By SQLSTATE, or its class of two characters; the first match counts. */
const STATES: ReadonlyArray<readonly [prefix: string, code: StoreErrorCode, advice: string]> = [
  ['53100', 'disk_full', "The database server's disk is full. Free some space; nothing of this write was stored."],
  ['53', 'unavailable', 'The database server is out of resources (connections or memory).'],
  ['08', 'unavailable', 'The connection to the database was lost.'],
  ['25P03', 'unavailable', 'The transaction did nothing for too long and was ended.'],
  ['57P', 'unavailable', 'The database server is stopping or starting.'],
  ['28', 'cannot_open', 'The database server refused the user or the password.'],
  ['3D000', 'cannot_open', 'The database does not exist.'],
  ['40', 'busy', 'Another transaction got in the way. Try again.'],
  ['55P03', 'busy', 'Another transaction holds a lock. Try again.'],
  ['23503', 'not_found', 'The session that this row belongs to does not exist.'],
  ['23505', 'conflict', 'A row with this key exists.'],
  ['23', 'invalid_value', 'A value is missing or not allowed.'],
  ['22', 'invalid_value', 'A value cannot be stored.'],
  ['XX001', 'corrupt', 'The database is damaged. Restore a backup.'],
];

/** Codes of Node's sockets, and texts of `pg` without a code. */
const CONNECTION_FAILURE =
  /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENOENT|[Cc]onnection (terminated|timeout)|timeout exceeded when trying to connect|not queryable/;

/** Turns an error of `pg` (https://www.postgresql.org/docs/current/errcodes-appendix.html) into a store error. */
export function toPostgresStoreError(error: unknown): StoreError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_FAILURE.test(code) || CONNECTION_FAILURE.test(error.message)) {
    return new StoreError('unavailable', `The database server cannot be reached. (${error.message || code})`, error);
  }
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const found = STATES.find(([prefix]) => code.startsWith(prefix));
  if (!found) return new StoreError('failed', `The database refused a statement: ${error.message} (${code})`, error);
  return new StoreError(found[1], `${found[2]} (${error.message}, ${code})`, error);
}
