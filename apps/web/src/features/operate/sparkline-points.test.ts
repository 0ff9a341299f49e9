import { expect, it } from 'vitest';

import { formatMemory } from './format-memory.ts';
import { toSparklinePoints } from './sparkline-points.ts';

const size = { width: 100, height: 24 };

it('draws from nothing at the bottom to the most at the top, over the whole width', () => {
  expect(toSparklinePoints([0, 50, 100], size)).toBe('0.0,22.0 50.0,12.0 100.0,2.0');
});

it('draws a steady value as a level line, also when it is nothing', () => {
  expect(toSparklinePoints([7, 7], size)).toBe('0.0,2.0 100.0,2.0');
  expect(toSparklinePoints([0, 0], size)).toBe('0.0,22.0 100.0,22.0');
});

it('draws nothing for fewer than two values', () => {
  expect(toSparklinePoints([], size)).toBe('');
  expect(toSparklinePoints([1], size)).toBe('');
});

it('says memory in the unit that people think in', () => {
  expect([0, 84.4, 999, 1024, 2048].map((mb) => formatMemory(mb * 1024 * 1024))).toEqual([
    '0 MB',
    '84 MB',
    '999 MB',
    '1.0 GB',
    '2.0 GB',
  ]);
});
