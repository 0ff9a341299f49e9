import { PostgresDialect, type Dialect } from 'kysely';
import pg from 'pg';

import { isStoreError, StoreError, type StoreErrorCode } from '../store-error.ts';
import { hearFaults, translateErrors } from '../translate-errors.ts';
import { toPostgresStoreError } from './postgres-errors.ts';
import { keepPrepared } from './prepared-text.ts';

export interface PostgresOptions {
  url: string;
  maxConnections?: number;
  onConnectionError?: (error: Error) => void;
  onError?: (code: StoreErrorCode) => void;
}

const DEFAULT_MAX_CONNECTIONS = 10;
/** Also how long a statement waits for a free connection of the pool. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The longest that a node which hangs or vanishes inside a transaction keeps its locks. */
const IDLE_IN_TRANSACTION_MS = 30_000;

/**
 * Connects a pool as a Kysely dialect and checks that the server answers.
 * @throws StoreError `unavailable` where it may answer later, `cannot_open` where a try again is no use.
 */
export async function openPostgresDialect(options: PostgresOptions): Promise<Dialect> {
  const { url, maxConnections = DEFAULT_MAX_CONNECTIONS, onConnectionError = () => undefined } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'claude-sdk-pattern',
    types: createTypeParsers(),
  });
  // Without a listener, a broken connection ends the server. The pool reports idle connections only, so each
  // connection gets its own listener, which also notices a break between two statements of a transaction.
  pool.on('connect', (client) => {
    client.on('error', onConnectionError);
    keepPrepared(client);
  });
  pool.on('error', () => undefined);

  const translate = hearFaults(toPostgresStoreError, options.onError);
  const connect = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      throw translate(error) ?? error;
    }
  };
  try {
    (await connect()).release();
  } catch (error) {
    await pool.end();
    const reason = error instanceof Error ? error.message : String(error);
    const code = isStoreError(error, 'unavailable') ? 'unavailable' : 'cannot_open';
    throw new StoreError(code, `The PostgreSQL database cannot be opened: ${reason}`, error);
  }

  return new PostgresDialect({
    pool: { connect, end: () => pool.end(), options: pool.options },
    onCreateConnection: (connection) => {
      translateErrors(connection, translate);
      return Promise.resolve();
    },
  });
}

/** `bigint` as a number (none here goes past 2^53), `json` as its text, as SQLite gives it; all else as `pg` does. */
export function createTypeParsers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.JSON, String);
  return types;
}
