import type { UsageGroupResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { hasLabel, toBars, toTicks } from './to-bars.ts';

const toDay = (date: string, cost_usd: string): UsageGroupResource => ({
  ...{ group: `${date}T00:00:00+00:00`, name: null, requests: 1, unpriced_requests: 0, cost_usd },
  ...{ input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4 },
});

it('stacks the series, and puts what they leave of the whole last', () => {
  const all = [toDay('2026-11-29', '0.300000'), toDay('2026-11-30', '1.000000')];
  const opus = [toDay('2026-11-29', '0.100000'), toDay('2026-11-30', '1.000000')];
  expect(toBars(all, [opus], { by: 'cost', unit: 'day' }).map(({ values }) => values)).toEqual([
    [100_000, 200_000],
    [1_000_000, 0],
  ]);
  expect(toBars(opus, [opus], { by: 'cost', unit: 'day' }).map(({ values }) => values)).toEqual([
    [100_000],
    [1_000_000],
  ]);
});

it('adds days up to weeks that begin on Monday', () => {
  const days = ['2026-11-28', '2026-11-29', '2026-11-30'].map((date) => toDay(date, '0.100000'));
  expect(
    toBars(days, [], { by: 'tokens', unit: 'week' }).map(({ start, total }) => [start.slice(0, 10), total]),
  ).toEqual([
    ['2026-11-28', 20],
    ['2026-11-30', 10],
  ]);
});

it('divides the axis by round steps, up to the highest bar or above it', () => {
  expect(toTicks(1000)).toEqual([0, 250, 500, 750, 1000]);
  expect(toTicks(17)).toEqual([0, 5, 10, 15, 20]);
  expect(toTicks(0)).toEqual([0, 1]);
});

it('labels bars at equal distances, today among them', () => {
  const labelled = Array.from({ length: 30 }, (_, index) => index).filter((index) =>
    hasLabel(index, { count: 30, anchor: 29, most: 6 }),
  );
  expect(labelled).toEqual([4, 9, 14, 19, 24, 29]);
});
