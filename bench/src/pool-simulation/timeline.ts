import TinyQueue from 'tinyqueue';

import type { UptimeClock } from '../../../apps/server/src/lib/clock.ts';
import type { Timers } from '../../../apps/server/src/lib/timers.ts';

/** Virtual time in milliseconds, as the clock and the timers of the server's own code. */
export interface Timeline extends UptimeClock, Timers {
  /** Resolves after `delayMs`. */
  sleep(delayMs: number): Promise<void>;
  /** Jumps from one timer to the next until that time. */
  runUntil(atMs: number): Promise<void>;
  /**
   * Jumps on until no timer is left.
   * @throws Error when only those are left that repeat for ever.
   */
  runAll(): Promise<void>;
}

/** Time always goes on: a delay that is lost in rounding would come round for ever. Timers of Node wait for 1 ms at least. */
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
  /** How many timers run once and were not given up. */
  const pending = { once: 0 };
  const queue = new TinyQueue<Timer>([], (a, b) => a.atMs - b.atMs || a.order - b.order);

  /** Of what is due at one moment, what was asked for first comes first. */
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

/** Resolves when every promise that could be settled without time has called back; time stands meanwhile. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
