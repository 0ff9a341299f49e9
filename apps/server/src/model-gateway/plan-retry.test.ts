import { expect, it } from 'vitest';

import { LONGEST_ASKED_WAIT_MS, planRetry } from './plan-retry.ts';
import { toFailure } from './upstreams/upstream-failure.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const random = () => 0;

function plan(status: number, headers: Record<string, string> = {}, attempt = 1) {
  const failure = toFailure(status, headers, { body: Buffer.alloc(0), nowMs: NOW_MS });
  return planRetry(failure, { attempt, maxAttempts: 5, random })?.delayMs;
}

it.each([408, 409, 429, 500, 502, 503, 504, 529])('waits for what may pass: status %i', (status) => {
  expect(plan(status)).toBe(500);
});

it.each([400, 401, 403, 404, 413, 422])('does not try again what cannot pass: status %i', (status) => {
  expect(plan(status)).toBeUndefined();
});

it('follows what the upstream says of trying again', () => {
  expect(plan(529, { 'x-should-retry': 'false' })).toBeUndefined();
  expect(plan(400, { 'x-should-retry': 'true' })).toBe(500);
});

it('doubles its waits up to a longest one, and ends with the last attempt', () => {
  expect([1, 2, 3, 4, 5, 6].map((attempt) => plan(529, {}, attempt))).toEqual([500, 1000, 2000, 4000, 8000, undefined]);
  const last = planRetry(
    { isPassing: true, askedWaitMs: undefined },
    { attempt: 15, maxAttempts: 15, random: () => 1 },
  );
  expect(last?.delayMs).toBe(40_000);
});

it.each([
  ['seconds', { 'retry-after': '7' }, 7000],
  ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9000],
  ['a date that is over', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
  ['milliseconds', { 'retry-after': '7', 'retry-after-ms': '20' }, 20],
  ['nonsense', { 'retry-after': 'soon' }, 500],
])('waits as long as it is asked to in %s', (_, headers, delayMs) => {
  expect(plan(429, headers)).toBe(delayMs);
});

it('does not wait for longer than people do', () => {
  const seconds = LONGEST_ASKED_WAIT_MS / 1000;
  expect(plan(429, { 'retry-after': String(seconds) })).toBe(LONGEST_ASKED_WAIT_MS);
  expect(plan(429, { 'retry-after': String(seconds + 1) })).toBeUndefined();
});
