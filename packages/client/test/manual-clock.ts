import type { Clock } from '../src/index.ts';

export interface ManualClock extends Clock {
  /** Advances the time and runs the timers that fall due, in order. */
  advance: (ms: number) => void;
}

/** A clock that stands still until a test advances it. */
export function createManualClock(): ManualClock {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
    },
  };
}

/** Real time with every wait divided by the factor, for tests of many reconnects. */
export function createHastyClock(factor: number): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs / factor);
      return () => clearTimeout(timer);
    },
  };
}
