import { expect, test } from 'vitest';

import { ClientError } from './client-error.ts';
import { retryDelayMs } from './retry-policy.ts';

const fixed = () => 1;

test('repeats what can succeed later, after the time that the server names or else a growing one', () => {
  expect(retryDelayMs(new ClientError('overloaded_error', '', { retryAfterMs: 1_200 }), 1, fixed)).toBe(1_200);
  expect([1, 2, 3].map((tries) => retryDelayMs(new ClientError('api_error', ''), tries, fixed))).toEqual([
    250, 500, 1000,
  ]);
});

test('tells the caller after the fourth refusal, and at once when the wait would be long', () => {
  expect(retryDelayMs(new ClientError('api_error', ''), 4, fixed)).toBeUndefined();
  expect(retryDelayMs(new ClientError('rate_limit_error', '', { retryAfterMs: 5_001 }), 1, fixed)).toBeUndefined();
});

test('never repeats what cannot succeed', () => {
  for (const type of ['invalid_request_error', 'not_found_error', 'permission_error', 'connection_closed'] as const) {
    expect(retryDelayMs(new ClientError(type, ''), 1, fixed)).toBeUndefined();
  }
});

test('waits for the successor of a server that is stopping, however often it says so', () => {
  const stopping = new ClientError('overloaded_error', '', { details: { code: 'stopping' } });
  expect(retryDelayMs(stopping, 100, fixed)).toBe(8_000);
});
