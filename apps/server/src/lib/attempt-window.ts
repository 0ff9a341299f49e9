import { makeRoom } from './make-room.ts';

/**
 * Counts attempts by key in windows of time. Bounded: when full, the key that was counted first is forgotten, those at
 * their limit last.
 */
export interface AttemptWindow {
  /** Milliseconds until the key may try again; 0 while fewer than `limit` attempts count. */
  waitMs(key: string, limit: number): number;
  count(key: string): number;
  add(key: string): void;
  /** As if the attempt that was added had not been. */
  takeBack(key: string): void;
}

export interface AttemptWindowOptions {
  /** From this many attempts on, a key counts as one at its limit, which others do not push out. */
  keepFrom?: number;
}

interface Window {
  count: number;
  endsAtMs: number;
}

/** Of those below `keepFrom`, and again of those above. */
const MAX_KEYS = 10_000;

/** A window of a key begins with its first attempt and lasts `lengthMs`. `nowMs` never jumps. */
export function createAttemptWindow(
  lengthMs: number,
  nowMs: () => number,
  { keepFrom = Number.POSITIVE_INFINITY }: AttemptWindowOptions = {},
): AttemptWindow {
  const below = new Map<string, Window>();
  const kept = new Map<string, Window>();

  const find = (key: string): Window | undefined => {
    const found = kept.get(key) ?? below.get(key);
    if (found === undefined || found.endsAtMs > nowMs()) return found;
    for (const windows of [below, kept]) windows.delete(key);
    return undefined;
  };

  const keep = (windows: Map<string, Window>, key: string, window: Window): void => {
    makeRoom(windows, MAX_KEYS);
    windows.set(key, window);
  };

  return {
    waitMs(key, limit) {
      const found = find(key);
      return found === undefined || found.count < limit ? 0 : found.endsAtMs - nowMs();
    },
    count: (key) => find(key)?.count ?? 0,
    add(key) {
      const window = find(key) ?? { count: 0, endsAtMs: nowMs() + lengthMs };
      window.count += 1;
      if (window.count < keepFrom) {
        if (window.count === 1) keep(below, key, window);
      } else if (!kept.has(key)) {
        below.delete(key);
        keep(kept, key, window);
      }
    },
    takeBack(key) {
      const found = find(key);
      if (found === undefined) return;
      found.count -= 1;
      if (found.count > 0) return;
      for (const windows of [below, kept]) windows.delete(key);
    },
  };
}
