import { expect, it } from 'vitest';

import { describeTimeLeft } from './describe-time-left.ts';

it.each([
  [0, null],
  [1_500, { shownMs: 2_000, isLong: false, isLast: true }],
  [80_500, { shownMs: 81_000, isLong: false, isLast: false }],
  [299_000, { shownMs: 300_000, isLong: false, isLast: false }],
  [86_399_000, { shownMs: 86_400_000, isLong: true, isLast: false }],
])('shows %i ms in the unit that fits', (left, shown) => {
  expect(describeTimeLeft(left)).toEqual(shown);
});
