import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** How much of one MCP server is read. It is counted in bytes, so that large answers and many small ones have one limit. */
export interface ReadBudget {
  /**
   * Resolves when that much may be read, and never before the server's other work had its turn. Rejects with a
   * `FloodError` when the MCP server has used the budget up for a minute, and when the signal aborts.
   */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

export class FloodError extends Error {
  override name = 'FloodError';
  constructor() {
    super(
      `it sent more messages than are read for ${MAX_FLOOD_MS / 1000} s, so the connection was ended; ` +
        'let it send less progress and fewer notifications',
    );
  }
}

const BYTES_PER_SECOND = 4 * 1024 * 1024;
/** Two answers of the largest size come without a wait. */
const BURST_BYTES = 16 * 1024 * 1024;
const MAX_FLOOD_MS = 60_000;

export interface ReadBudgetDeps {
  /** In milliseconds. */
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export function createReadBudget({ now = () => performance.now(), wait = pause }: ReadBudgetDeps = {}): ReadBudget {
  let left = BURST_BYTES;
  let countedAt = now();
  let hadEnoughAt = countedAt;
  return {
    async take(bytes, signal) {
      const time = now();
      left = Math.min(BURST_BYTES, left + ((time - countedAt) / 1000) * BYTES_PER_SECOND);
      countedAt = time;
      if (left > BURST_BYTES / 2) hadEnoughAt = time;
      if (time - hadEnoughAt > MAX_FLOOD_MS) throw new FloodError();
      left -= bytes;
      await wait(Math.max(0, (-left / BYTES_PER_SECOND) * 1000), signal);
    },
  };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const options = signal ? { signal } : {};
  await (ms > 0 ? delay(ms, undefined, options) : nextTurn(undefined, options));
}
