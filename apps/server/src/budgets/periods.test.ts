import { expect, it } from 'vitest';

import { findPeriodEnd, toCountedSince } from './periods.ts';

it('counts days and months of the time zone, also where clocks change', () => {
  // Half past midnight in Berlin, on the day when clocks are set forth.
  const nowMs = Date.parse('2026-03-28T23:30:00Z');
  expect(toCountedSince(nowMs, 'Europe/Berlin')).toMatchObject({ day: '2026-03-29', month: '2026-03-01' });
  expect(findPeriodEnd('day', nowMs, 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z');
  expect(findPeriodEnd('month', nowMs, 'Europe/Berlin')).toBe('2026-03-31T22:00:00.000Z');
  expect(findPeriodEnd('month', Date.parse('2026-12-31T12:00:00Z'), 'UTC')).toBe('2027-01-01T00:00:00.000Z');
  expect(findPeriodEnd('total', nowMs, 'UTC')).toBeNull();
});
