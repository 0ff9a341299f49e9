import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { ConfigError } from '../config/load-config.ts';

/** How long a server that is just ending may still hold the folder. */
const WAIT_MS = 3000;
const RETRY_MS = 50;

/**
 * Locks the data directory until the lock is disposed of or the process ends in any way: it is a lock of the
 * operating system, on a file that SQLite opens. A second server on the same folder would end the agents of the
 * first.
 * @throws ConfigError when another server has the lock.
 */
export async function lockDataDir(dataDir: string): Promise<Disposable> {
  // SQLite itself would wait in the event loop.
  const database = new Database(join(dataDir, 'server.lock'), { timeout: 0 });
  for (const deadlineMs = performance.now() + WAIT_MS; ;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return { [Symbol.dispose]: () => void database.close() };
    } catch (error) {
      const isBusy = (error as { code?: unknown }).code === 'SQLITE_BUSY';
      if (!isBusy || performance.now() > deadlineMs) {
        database.close();
        if (!isBusy) throw error;
        throw new ConfigError(
          `Another server uses the data directory ${dataDir}. Stop it first, or give this one a folder of its own with CLAUDE_SDK_PATTERN_DATA_DIR.`,
        );
      }
    }
    await setTimeout(RETRY_MS);
  }
}
