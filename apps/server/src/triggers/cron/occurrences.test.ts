import { expect, it } from 'vitest';

import { assertSchedule, findLastOccurrence, findOccurrences } from './occurrences.ts';

const next = (expression: string, timezone: string, after: string, most = 3) =>
  findOccurrences({ expression, timezone }, Date.parse(after), most).map((ms) =>
    new Date(ms).toISOString().slice(0, 16),
  );

it('finds the next times of minutes, hours, days, months and weekdays, with lists, ranges, steps and names', () => {
  expect(next('0 9 * * 1-5', 'UTC', '2026-11-27T09:00:00Z')).toEqual([
    ...['2026-11-30T09:00', '2026-12-01T09:00', '2026-12-02T09:00'],
  ]);
  expect(next('5/20,59 8-9 * * *', 'UTC', '2026-11-30T08:24:59Z', 5)).toEqual([
    ...['2026-11-30T08:25', '2026-11-30T08:45', '2026-11-30T08:59', '2026-11-30T09:05', '2026-11-30T09:25'],
  ]);
  expect(next('0 0 1 JAN,jul *', 'UTC', '2026-11-30T00:00:00Z', 2)).toEqual(['2027-01-01T00:00', '2027-07-01T00:00']);
  // 0 and 7 are Sunday; of two restricted days either fits.
  expect(next('0 0 * * 7', 'UTC', '2026-11-30T00:00:00Z', 1)).toEqual(['2026-12-06T00:00']);
  expect(next('0 0 4 * sun', 'UTC', '2026-11-30T00:00:00Z')).toEqual([
    ...['2026-12-04T00:00', '2026-12-06T00:00', '2026-12-13T00:00'],
  ]);
  expect(next('0 0 29 2 *', 'UTC', '2026-11-30T00:00:00Z', 2)).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
  expect(next('* * * * *', 'Asia/Kathmandu', '2026-11-30T00:00:30Z', 2)).toEqual([
    '2026-11-30T00:01',
    '2026-11-30T00:02',
  ]);
});

it('leaves out a time that a day of 23 hours does not have', () => {
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual([
    ...['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30'],
  ]);
  expect(next('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z')).toEqual([
    ...['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00'],
  ]);
  // This day begins at one o'clock.
  expect(next('0 0 * * *', 'Africa/Cairo', '2026-04-22T21:00:00Z', 2)).toEqual([
    '2026-04-22T22:00',
    '2026-04-24T21:00',
  ]);
});

it('takes a time twice that a day of 25 hours has twice, in the order in which it comes', () => {
  expect(next('0,30 2 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', 5)).toEqual([
    ...['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-26T01:00'],
  ]);
  // Half an hour, on Lord Howe Island.
  expect(next('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00:00Z')).toEqual([
    ...['2026-04-04T14:45', '2026-04-04T15:15', '2026-04-05T15:15'],
  ]);
});

it('finds the last time that was missed, however long that was', () => {
  const last = (expression: string, from: string, until: string) => {
    const found = findLastOccurrence({ expression, timezone: 'Europe/Berlin' }, Date.parse(from), Date.parse(until));
    return found && new Date(found).toISOString().slice(0, 16);
  };
  expect(last('* * * * *', '2026-01-01T00:00:00Z', '2026-11-30T12:00:30Z')).toBe('2026-11-30T12:00');
  expect(last('0 9 * * *', '2026-11-20T08:00:00Z', '2026-11-30T07:59:59Z')).toBe('2026-11-29T08:00');
  expect(last('0 9 * * *', '2026-11-30T08:00:00Z', '2026-11-30T08:00:00Z')).toBe('2026-11-30T08:00');
  expect(last('0 0 29 2 *', '2024-02-28T23:00:00Z', '2026-11-30T08:00:00Z')).toBe('2024-02-28T23:00');
  expect(last('0 9 * * *', '2026-11-30T08:00:01Z', '2026-11-30T12:00:00Z')).toBeUndefined();
});

it('says which field of an expression it cannot read, and refuses what never comes', () => {
  const check = (expression: string, timezone = 'UTC') => assertSchedule({ expression, timezone }, 0);
  for (const [expression, words] of [
    ['* * * *', 'five fields'],
    ['0 0 * * * *', 'five fields'],
    ['@daily', 'five fields'],
    ['60 * * * *', '"60" does not fit the field minute'],
    ['* 5-2 * * *', '"5-2" does not fit the field hour'],
    ['* * L * *', '"L" does not fit the field day of month'],
    ['* * ? * *', 'does not fit the field day of month'],
    ['* * * * 5#2', 'does not fit the field day of week'],
    ['*/0 * * * *', '"*/0" does not fit the field minute'],
    ['1, * * * *', 'does not fit the field minute'],
    ['0 0 31 2 *', 'no day'],
  ] as const)
    expect(() => check(expression), expression).toThrow(words);
  for (const timezone of ['Mars/Olympus', '', '+02:00', '../etc'])
    expect(() => check('* * * * *', timezone)).toThrow('IANA');
});
