import { afterEach, expect, it, vi } from 'vitest';

import { createUptimeClock } from './clock.ts';

afterEach(() => vi.useRealTimers());

/** A clock whose ticks come when the test says so. */
function startClock() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let nowMs = 1000;
  const clock = createUptimeClock(() => nowMs);
  return {
    clock,
    /** Time passes, and the server runs. */
    run(ms: number) {
      for (let passed = 0; passed < ms; passed += 100) {
        nowMs += 100;
        vi.advanceTimersByTime(100);
      }
    },
    /** Time passes, and the server does not run. */
    suspend: (ms: number) => void (nowMs += ms),
  };
}

it('counts the time that the server runs, also between two ticks', () => {
  const { clock, run } = startClock();
  const start = clock.uptimeMs();
  run(10_300);
  expect(clock.uptimeMs() - start).toBe(10_300);
  clock.close();
});

it('does not count a suspension, however long it was and whoever asks first after it', () => {
  const { clock, run, suspend } = startClock();
  const start = clock.uptimeMs();
  run(1000);
  suspend(11 * 60_000);
  expect(clock.uptimeMs() - start).toBeLessThanOrEqual(1500);
  run(1000);
  suspend(60 * 60_000);
  run(1000);
  expect(clock.uptimeMs() - start).toBeLessThanOrEqual(4000);
  clock.close();
});

it('counts the time in which the server was busy', () => {
  const { clock, suspend } = startClock();
  const start = clock.uptimeMs();
  suspend(1900);
  expect(clock.uptimeMs() - start).toBe(1900);
  clock.close();
});
