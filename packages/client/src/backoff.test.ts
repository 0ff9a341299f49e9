import fc from 'fast-check';
import { expect, test } from 'vitest';

import { backoffDelayMs } from './backoff.ts';

test('doubles from a quarter of a second up to eight seconds', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => backoffDelayMs(attempt, () => 1));
  expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test('takes a random half to whole of the delay', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fraction, (attempt, random) => {
      const longest = backoffDelayMs(attempt, () => 1);
      const delay = backoffDelayMs(attempt, () => random);
      expect(delay).toBeGreaterThanOrEqual(longest / 2);
      expect(delay).toBeLessThanOrEqual(longest);
    }),
  );
});
