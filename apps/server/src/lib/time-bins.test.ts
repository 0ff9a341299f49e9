import { describe, expect, it } from 'vitest';

import { isTimeZone, toStartOfDate, toStartOfDay, toTimeBins } from './time-bins.ts';

describe('days', () => {
  it('are those of the time zone, also where clocks change', () => {
    const range = { from: '2026-03-28T12:00:00Z', to: '2026-03-30T00:00:00Z', timeZone: 'Europe/Berlin' };
    expect(toTimeBins(range, 'day', 100)).toEqual([
      { label: '2026-03-28T00:00:00+01:00', start: '2026-03-27T23:00:00.000Z', end: '2026-03-28T23:00:00.000Z' },
      { label: '2026-03-29T00:00:00+01:00', start: '2026-03-28T23:00:00.000Z', end: '2026-03-29T22:00:00.000Z' },
      { label: '2026-03-30T00:00:00+02:00', start: '2026-03-29T22:00:00.000Z', end: '2026-03-30T22:00:00.000Z' },
    ]);
  });

  it('begin where their zone says, moved by days', () => {
    expect(toStartOfDay('2026-03-30T10:00:00Z', 'Europe/Berlin', -1)).toBe('2026-03-28T23:00:00.000Z');
    expect(toStartOfDay('2026-03-30T20:00:00Z', 'Asia/Kathmandu')).toBe('2026-03-30T18:15:00.000Z');
    expect(toStartOfDate('2026-03-29', 'Europe/Berlin', 1)).toBe('2026-03-29T22:00:00.000Z');
    expect(toStartOfDate('2026-03-29', 'Pacific/Kiritimati')).toBe('2026-03-28T10:00:00.000Z');
  });
});

describe('hours', () => {
  it('begin at full hours of the zone, and none is lost or doubled where clocks change', () => {
    const range = { from: '2026-10-25T00:30:00Z', to: '2026-10-25T02:30:00Z', timeZone: 'Europe/Berlin' };
    const bins = toTimeBins(range, 'hour', 100);
    expect(bins.map(({ label }) => label)).toEqual([
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T03:00:00+01:00',
    ]);
    expect(bins.map(({ start }) => start)).toEqual([
      '2026-10-25T00:00:00.000Z',
      ...bins.slice(0, -1).map(({ end }) => end),
    ]);
    const offset = toTimeBins({ ...range, timeZone: 'Asia/Kathmandu' }, 'hour', 100);
    expect(offset[0]).toMatchObject({ label: '2026-10-25T06:00:00+05:45', start: '2026-10-25T00:15:00.000Z' });
  });

  it('stop one after the most', () => {
    const range = { from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', timeZone: 'UTC' };
    expect(toTimeBins(range, 'hour', 10)).toHaveLength(11);
  });
});

it('knows the names of time zones', () => {
  expect(['UTC', 'Europe/Berlin', '+02:00', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
