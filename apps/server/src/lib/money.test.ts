import { expect, it } from 'vitest';

import { toMicroUsd, toUsd, toUsdText } from './money.ts';

it('writes amounts as decimals without losing a micro-dollar', () => {
  expect([0, 1, 10_000, 1_500_000, 12_340_005, 9_007_199_254_740_991].map(toUsdText)).toEqual([
    ...['0.00', '0.000001', '0.01', '1.50', '12.340005', '9007199254.740991'],
  ]);
});

it('adds up dollars without an error of floating point', () => {
  const sum = [0.1, 0.2, 0.000001].reduce((total, each) => toUsd(toMicroUsd(total) + toMicroUsd(each)), 0);
  expect(sum).toBe(0.300001);
});
