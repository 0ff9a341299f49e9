import { setTimeout } from 'node:timers/promises';

export interface BusyOptions {
  /** How long another process may hold the file before statements are refused, in milliseconds. */
  patienceMs?: number | undefined;
}

/**
 * Runs an attempt again while SQLite refuses it because another process has locked the file, for at most
 * `patienceMs`.
 */
export type BusyRetry = <T>(attempt: () => Promise<T>) => Promise<T>;

const PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * All attempts share the time: it starts with the first refusal and ends with the next success. Attempts that wait
 * for the one connection are then refused at once, instead of one after the other.
 */
export function createBusyRetry({ patienceMs = PATIENCE_MS }: BusyOptions = {}): BusyRetry {
  let busySinceMs: number | undefined;

  return async (attempt) => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const result = await attempt();
        busySinceMs = undefined;
        return result;
      } catch (error) {
        if (!isBusy(error)) throw error;
        busySinceMs ??= performance.now();
        if (performance.now() - busySinceMs >= patienceMs) throw error;
        await setTimeout(pauseMs);
      }
    }
  };
}

/** Not `SQLITE_BUSY_SNAPSHOT`: the snapshot of that transaction is outdated, and a retry does not help. */
function isBusy(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_BUSY') && code !== 'SQLITE_BUSY_SNAPSHOT';
}
