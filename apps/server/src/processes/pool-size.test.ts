import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decidePoolSize, measureBurst, type PoolDemand } from './pool-size.ts';

const MIB = 1024 * 1024;
const quiet: PoolDemand = {
  claims: 0,
  windowMs: 300_000,
  startMs: 500,
  least: 2,
  most: 50,
  places: 100,
  availableBytes: 8192 * MIB,
  spareBytes: 100 * MIB,
};

describe('the number of spares', () => {
  it('is the least when nobody comes', () => {
    expect(decidePoolSize(quiet)).toBe(2);
  });

  it('is none when the pool is switched off, whoever comes', () => {
    expect(decidePoolSize({ ...quiet, least: 0, claims: 300, burst: 20 })).toBe(0);
  });

  it('covers the claims that are likely to come until a replacement is ready', () => {
    // One a second: 1.5 on average until a spare is replaced, and three deviations of 1.22.
    expect(decidePoolSize({ ...quiet, claims: 300 })).toBe(6);
    expect(decidePoolSize({ ...quiet, claims: 300, startMs: 3000 })).toBe(10);
  });

  it('covers a burst like the last one, up to the most', () => {
    expect(decidePoolSize({ ...quiet, burst: 9 })).toBe(9);
    expect(decidePoolSize({ ...quiet, burst: 9, most: 5 })).toBe(5);
  });

  it('leaves a quarter of the available memory alone', () => {
    expect(decidePoolSize({ ...quiet, burst: 50, availableBytes: 800 * MIB })).toBe(6);
    expect(decidePoolSize({ ...quiet, availableBytes: 50 * MIB })).toBe(0);
  });

  it('never takes more places than there are, nor fewer than none', () => {
    expect(decidePoolSize({ ...quiet, places: 1 })).toBe(1);
    expect(decidePoolSize({ ...quiet, places: -3 })).toBe(0);
  });

  it('never falls when more people come', () => {
    const count = fc.nat({ max: 3000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 10_000 }), (claims, more, startMs) => {
        const before = decidePoolSize({ ...quiet, startMs, claims });
        expect(decidePoolSize({ ...quiet, startMs, claims: claims + more })).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});

describe('a burst', () => {
  it('is nothing when nobody came', () => {
    expect(measureBurst([], 1000)).toBe(0);
  });

  it('counts all who come at once', () => {
    expect(measureBurst([70, 70, 70], 1000)).toBe(3);
  });

  it('counts only one of those who come as slowly as spares are replaced', () => {
    expect(measureBurst([0, 1000, 2000, 3500], 1000)).toBe(1);
  });

  it('counts what could not be replaced in time', () => {
    expect(measureBurst([0, 500, 1000, 1500, 60_000], 1000)).toBe(3);
  });

  it('is the least number of spares that such a pool serves all claims with', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(gaps, (each) => {
        const times = each.map((_, index) => each.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0));
        const burst = measureBurst(times, 1000);
        expect(servesAll(times, burst)).toBe(true);
        expect(servesAll(times, burst - 1)).toBe(false);
      }),
    );
  });
});

/** Whether a pool of this size, which replaces one spare a second, serves all. */
function servesAll(times: readonly number[], size: number): boolean {
  let spareMs = size * 1000;
  let nowMs = 0;
  for (const atMs of times) {
    spareMs = Math.min(size * 1000, spareMs + atMs - nowMs);
    nowMs = atMs;
    if (spareMs < 1000) return false;
    spareMs -= 1000;
  }
  return true;
}
