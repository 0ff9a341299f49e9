import TinyQueue from 'tinyqueue';

/** Virtual time in milliseconds, and what is to happen in it. */
export interface Timeline {
  readonly now: number;
  /** Calls back after `delayMs`; of what falls on one moment, what was asked for first comes first. */
  after(delayMs: number, run: () => void): void;
  /** Jumps from one thing to the next until nothing is left. */
  runAll(): void;
}

export function createTimeline(): Timeline {
  let now = 0;
  let asked = 0;
  const queue = new TinyQueue<{ atMs: number; order: number; run: () => void }>(
    [],
    (a, b) => a.atMs - b.atMs || a.order - b.order,
  );
  return {
    get now() {
      return now;
    },
    after(delayMs, run) {
      queue.push({ atMs: now + Math.max(0, delayMs), order: (asked += 1), run });
    },
    runAll() {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        now = next.atMs;
        next.run();
      }
    },
  };
}
