/** Counts attempts by key in windows of time. Bounded: when full, the key that was counted longest ago is forgotten. */
export interface AttemptWindow {
  /** Milliseconds until the key may try again; 0 while fewer than `limit` attempts count. */
  waitMs(key: string, limit: number): number;
  count(key: string): number;
  add(key: string): void;
  /** As if the attempt that was added had not been. */
  takeBack(key: string): void;
}

const MAX_KEYS = 10_000;

/** A window of a key begins with its first attempt and lasts `lengthMs`. `nowMs` never jumps. */
export function createAttemptWindow(lengthMs: number, nowMs: () => number): AttemptWindow {
  const windows = new Map<string, { count: number; endsAtMs: number }>();

  const find = (key: string) => {
    const found = windows.get(key);
    if (found === undefined || found.endsAtMs > nowMs()) return found;
    windows.delete(key);
    return undefined;
  };

  return {
    waitMs(key, limit) {
      const found = find(key);
      return found === undefined || found.count < limit ? 0 : found.endsAtMs - nowMs();
    },
    count: (key) => find(key)?.count ?? 0,
    add(key) {
      const found = find(key);
      if (found !== undefined) {
        found.count += 1;
        return;
      }
      const [oldest] = windows.keys();
      if (windows.size >= MAX_KEYS && oldest !== undefined) windows.delete(oldest);
      windows.set(key, { count: 1, endsAtMs: nowMs() + lengthMs });
    },
    takeBack(key) {
      const found = find(key);
      if (found !== undefined) found.count -= 1;
    },
  };
}
