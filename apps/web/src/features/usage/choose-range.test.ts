import { expect, it } from 'vitest';

import { chooseRange } from './choose-range.ts';

/** In Berlin it is the next day already. */
const at = { now: Date.parse('2026-03-29T23:30:00Z'), timeZone: 'Europe/Berlin' };
const choose = (name: string | null, from: string | null = null, to: string | null = null) =>
  chooseRange({ name, from, to }, at);

it('counts days in the time zone of the report, and compares with the same time before', () => {
  expect(choose('today')).toMatchObject({
    ...{ from: '2026-03-30', to: '2026-03-30', unit: 'hour' },
    before: { from: '2026-03-29', to: '2026-03-28T23:30:00.000Z' },
  });
  expect(choose('7d')).toMatchObject({ from: '2026-03-24', to: '2026-03-30', unit: 'day', days: 7 });
});

it('shows the whole month, and compares with the whole month before where that has no such day', () => {
  expect(choose('month')).toMatchObject({
    ...{ from: '2026-03-01', to: '2026-03-31' },
    before: { from: '2026-02-01', to: '2026-02-28' },
  });
  const inApril = chooseRange(
    { name: 'month', from: null, to: null },
    { now: Date.parse('2026-04-10T12:00:00Z'), timeZone: 'UTC' },
  );
  expect(inApril).toMatchObject({ to: '2026-04-30', before: { from: '2026-03-01', to: '2026-03-10T12:00:00.000Z' } });
});

it('compares days that are over with as many before, and takes no range that is none', () => {
  expect(choose('own', '2026-02-01', '2026-02-10')).toMatchObject({
    ...{ name: 'own', days: 10, unit: 'day' },
    before: { from: '2026-01-22', to: '2026-01-31' },
  });
  for (const [from, to] of [
    ['2026-02-10', '2026-02-01'],
    ['2026-02-30', '2026-03-01'],
    ['2020-01-01', '2026-03-01'],
    ['2027-01-01', '2027-01-02'],
    [null, '2026-03-01'],
  ] as const)
    expect(choose('own', from, to)).toMatchObject({ name: '30d', from: '2026-03-01', to: '2026-03-30' });
});
