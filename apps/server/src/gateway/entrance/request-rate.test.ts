import { expect, it } from 'vitest';

import { createRequestRate, createSignInRate } from './request-rate.ts';

const key = { userId: 'user_ada', credentialId: 'key_1' };
const browser = { userId: 'user_ada', credentialId: 'cookie_1' };
const second = { userId: 'user_ada', credentialId: 'key_2' };
const bob = { userId: 'user_bob', credentialId: 'key_3' };

function take(rate: ReturnType<typeof createRequestRate>, who: typeof key, times: number): void {
  for (let count = 0; count < times; count += 1) rate.take(who);
}

it('refuses what one credential sends too much of, and leaves the other credentials of its user', () => {
  let now = 0;
  const rate = createRequestRate(3, () => now);
  take(rate, key, 3);
  now = 20_000;
  expect(() => rate.take(key)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 40_000, details: { limit: 3 } }),
  );
  take(rate, browser, 3);
  take(rate, bob, 3);
  expect(() => rate.take(second)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  now = 60_000;
  take(rate, key, 3);
});

it('counts the tokens of one subject together', () => {
  const rate = createRequestRate(3, () => 0);
  const toToken = (id: string, subject: string) => ({
    ...{ userId: 'user_ada', credentialId: `jwt_${id}` },
    token: { subject, expiresAtMs: 1, email: 'ci@example.com', link: null },
  });
  for (const id of ['1', '2', '3']) rate.take(toToken(id, 'service'));
  expect(() => rate.take(toToken('4', 'service'))).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  rate.take(toToken('5', 'another'));
});

it('counts nothing that it refused, and nothing at all without a limit', () => {
  let now = 0;
  const rate = createRequestRate(1, () => now);
  rate.take(key);
  for (let tries = 0; tries < 10; tries += 1) expect(() => rate.take(key)).toThrow('Too many requests');
  now = 60_000;
  rate.take(key);
  take(createRequestRate(Number.POSITIVE_INFINITY), key, 10_000);
});

it('counts sign-ins as requests, and lets a user sign in 60 times a minute with all credentials together', () => {
  let now = 0;
  const rate = createRequestRate(40, () => now);
  const signIns = createSignInRate(rate, () => now);
  take(signIns, key, 40);
  for (const each of [rate, signIns]) expect(() => each.take(key)).toThrow('Too many requests');
  take(signIns, second, 20);
  now = 20_000;
  expect(() => signIns.take(second)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 40_000, details: { limit: 60 } }),
  );
  take(rate, second, 20);
  take(signIns, bob, 40);
  now = 60_000;
  take(signIns, second, 40);
});
