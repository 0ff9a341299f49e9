import { join } from 'node:path';

import Database from 'better-sqlite3';

import { ConfigError } from './load-config.ts';

/** How long a server that is just ending may still hold the folder. */
const WAIT_MS = 3000;

/**
 * Takes the data directory for this process, until it is disposed of or the process is gone, however it ends: the lock
 * is the operating system's, on a file that SQLite holds. A second server on the same folder would take the first one's
 * agents for orphans and end them.
 * @throws ConfigError when another server has it.
 */
export function lockDataDir(dataDir: string): Disposable {
  const database = new Database(join(dataDir, 'server.lock'), { timeout: WAIT_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
    throw new ConfigError(
      `Another server uses the data directory ${dataDir}. Stop it first, or give this one a folder of its own with CLAUDE_SDK_PATTERN_DATA_DIR.`,
    );
  }
  return { [Symbol.dispose]: () => void database.close() };
}
