import TinyQueue from 'tinyqueue';

import type { UptimeClock } from '../../../apps/server/src/lib/clock.ts';
import type { Timers } from '../../../apps/server/src/lib/timers.ts';

/** Virtual time in milliseconds, with the clock and timer interfaces of the server's code. */
export interface Timeline extends UptimeClock, Timers {
  /** Resolves after `delayMs`. */
  sleep(delayMs: number): Promise<void>;
  /** Advances from one timer to the next until the given time. */
  runUntil(atMs: number): Promise<void>;
  /**
   * Advances until no timer is left.
   * @throws Error when only repeating timers are left.
   */
  runAll(): Promise<void>;
}

/**
 * A minimum delay, because a delay that is lost in rounding would repeat for ever. Node's timers wait for at least 1
 * ms, too.
 */
const LEAST_DELAY_MS = 0.001;

interface Timer {
  atMs: number;
  order: number;
  repeats: boolean;
  run(): void;
  isEnded: boolean;
}

export function createTimeline(): Timeline {
  let nowMs = 0;
  let asked = 0;
  /** The number of one-time timers that are neither run nor cancelled. */
  const pending = { once: 0 };
  const queue = new TinyQueue<Timer>([], (a, b) => a.atMs - b.atMs || a.order - b.order);

  /** Timers of the same time run in the order in which they were set. */
  const add = (delayMs: number, options: Pick<Timer, 'run' | 'repeats'>): (() => void) => {
    const timer: Timer = {
      ...options,
      atMs: nowMs + Math.max(LEAST_DELAY_MS, delayMs),
      order: (asked += 1),
      isEnded: false,
    };
    queue.push(timer);
    if (!timer.repeats) pending.once += 1;
    return () => end(timer);
  };

  const end = (timer: Timer): void => {
    if (timer.isEnded) return;
    timer.isEnded = true;
    if (!timer.repeats) pending.once -= 1;
  };

  const runNext = async (): Promise<void> => {
    const timer = queue.pop();
    if (timer === undefined || timer.isEnded) return;
    nowMs = timer.atMs;
    end(timer);
    timer.run();
    await settlePromises();
  };

  const after = (delayMs: number, run: () => void) => add(delayMs, { run, repeats: false });

  return {
    uptimeMs: () => nowMs,
    after,
    every(intervalMs, run) {
      let endNext: () => void;
      const repeat = () => {
        endNext = add(intervalMs, { run: repeat, repeats: true });
        run();
      };
      endNext = add(intervalMs, { run: repeat, repeats: true });
      return () => endNext();
    },
    sleep: (delayMs) =>
      new Promise((resolve) => {
        after(delayMs, resolve);
      }),
    async runUntil(atMs) {
      while ((queue.peek()?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) await runNext();
      nowMs = Math.max(nowMs, atMs);
    },
    async runAll() {
      await settlePromises();
      while (pending.once > 0) await runNext();
      for (let timer = queue.pop(); timer !== undefined; timer = queue.pop())
        if (!timer.isEnded) throw new Error('Timers that repeat for ever are left: their owner did not end them');
    },
  };
}

/** Resolves when every promise that needs no timer has settled. The virtual time does not advance meanwhile. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
