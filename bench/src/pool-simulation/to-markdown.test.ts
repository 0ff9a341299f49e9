import { expect, it } from 'vitest';

import type { Result } from './study.ts';
import { findFixedWarmShare } from './to-markdown.ts';

function result(spareSeconds: number, warmShare: number): Result {
  return {
    strategy: 'fixed',
    visits: 100,
    warmShare,
    rejected: 0,
    firstTextMs: { p50: 0, p95: 0, p99: 0 },
    spareSeconds,
    gigabyteHours: 0,
    discarded: 0,
    resumedShare: 0,
    wokenSoon: 0,
    leastFreeMegabytes: 0,
  };
}

const fixed = [result(0, 0), result(100, 0.8), result(200, 0.9)];

it('finds what a fixed pool reaches for the same spare-seconds, between its sizes', () => {
  expect(findFixedWarmShare(fixed, 50)).toBeCloseTo(0.4);
  expect(findFixedWarmShare(fixed, 100)).toBeCloseTo(0.8);
  expect(findFixedWarmShare(fixed, 150)).toBeCloseTo(0.85);
});

it('does not guess beyond the greatest size', () => {
  expect(findFixedWarmShare(fixed, 201)).toBeUndefined();
});
