/** How often the list of a server is read again because the server says that it has changed. */
export interface RereadPace {
  /** Milliseconds until the next reading may begin. Call it once for each reading. */
  take(): number;
}

const MIN_INTERVAL_MS = 1000;
/** So many changes in a row, such as of a server that finds its tools one by one, are seen after a second each. */
const BURST = 10;
/** A server that goes on has its list read this often. */
const SLOW_INTERVAL_MS = 30_000;

/** `nowMs` by `performance.now()`. */
export function createRereadPace(nowMs: () => number = () => performance.now()): RereadPace {
  let left = BURST;
  let countedAtMs = nowMs();
  /** When the last reading began, or is to begin. */
  let lastMs = -Infinity;

  return {
    take() {
      const now = nowMs();
      left = Math.min(BURST, left + (now - countedAtMs) / SLOW_INTERVAL_MS);
      countedAtMs = now;
      left -= 1;
      const atMs = Math.max(now, lastMs + (left < 0 ? SLOW_INTERVAL_MS : MIN_INTERVAL_MS));
      lastMs = atMs;
      return atMs - now;
    },
  };
}
