import type { IncomingHttpHeaders } from 'node:http';

import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { createLastingAccess, NO_RATE_LIMIT } from './fixtures/access-harness.ts';
import { admitRequests } from './admission.ts';
import { createAttemptLimits, limitBadHeaders } from './attempt-limits.ts';
import { sendError } from './error-envelope.ts';

function openLimits() {
  let nowMs = 0;
  const limits = createAttemptLimits(() => nowMs);
  /** How many of so many failing attempts are let through. */
  const guess = (times: number, address: string, account: string) => {
    let passed = 0;
    for (let each = 0; each < times; each += 1) {
      try {
        limits.begin({ address, account, isPerson: true });
        passed += 1;
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'rate_limited') throw error;
      }
    }
    return passed;
  };
  return { limits, guess, advance: (ms: number) => (nowMs += ms) };
}

it('lets an address fail ten times a minute at one account, and leaves it all others', () => {
  const { guess, advance } = openLimits();
  expect(guess(11, '192.0.2.1', 'Ada@example.com')).toBe(10);
  expect(guess(1, '192.0.2.1', 'ada@example.com ')).toBe(0);
  expect(guess(1, '192.0.2.1', 'bob@example.com')).toBe(1);
  expect(guess(1, '192.0.2.2', 'ada@example.com')).toBe(1);
  advance(60_000);
  expect(guess(11, '192.0.2.1', 'ada@example.com')).toBe(10);
});

it('does not count who succeeds', () => {
  const { limits } = openLimits();
  for (let each = 0; each < 200; each += 1)
    limits.begin({ address: '192.0.2.1', account: 'ada@example.com', isPerson: true }).succeeded();
});

it('stops an address that tries many accounts', () => {
  const { guess } = openLimits();
  const passed = Array.from({ length: 150 }, (_, index) => guess(1, '192.0.2.1', `user-${index}`));
  expect(passed.filter((each) => each === 1)).toHaveLength(100);
});

it('slows down who attacks one account from many addresses, and never locks its owner out', () => {
  const { guess, advance } = openLimits();
  for (let minute = 0; minute < 30; minute += 1) {
    const passed = Array.from({ length: 50 }, (_, index) => guess(10, `198.51.100.${index}`, 'ada@example.com'));
    // In the first of each quarter of an hour it is not known yet.
    expect(Math.max(...passed.slice(10))).toBe(2);
    expect(guess(1, '192.0.2.7', 'ada@example.com')).toBe(1);
    advance(60_000);
  }
});

it.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 0],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 10],
  ['::ffff:192.0.2.1', '192.0.2.1', 0],
])('takes the addresses %s and %s for one network or two', (first, second, left) => {
  const { guess } = openLimits();
  guess(10, first, 'ada@example.com');
  expect(guess(10, second, 'ada@example.com')).toBe(left);
});

it('counts bad credentials in headers by address, and lets those through that were good before', async () => {
  await using app = Object.assign(fastify(), {
    async [Symbol.asyncDispose]() {
      await app.close();
    },
  });
  app.setErrorHandler(sendError);
  limitBadHeaders(
    app,
    createAttemptLimits(() => 0),
  );
  let lookUps = 0;
  const authenticate = async ({ authorization, 'x-api-key': key }: IncomingHttpHeaders) => {
    lookUps += 1;
    return authorization === 'Bearer good' || key === 'better' ? toTestActor('user_1') : null;
  };
  const findAccountEnd = async () => undefined;
  admitRequests(app, {
    identity: { authenticate, findAccountEnd },
    access: createLastingAccess(),
    rate: NO_RATE_LIMIT,
  });
  app.get('/', { config: { action: 'session.read' } }, async () => ({}));
  app.get('/browser-only', { config: { action: 'account.change' } }, async () => ({}));
  app.get('/public', { config: { action: 'public.use' } }, async () => ({}));
  const ask = async (headers: Record<string, string>, remoteAddress = '192.0.2.1', url = '/') =>
    (await app.inject({ url, headers, remoteAddress })).statusCode;

  expect(await ask({ authorization: 'Bearer good' })).toBe(200);
  // Everybody gets an answer of a public route, which makes no credential a good one.
  expect(await ask({ authorization: 'Bearer wrong' }, '192.0.2.1', '/public')).toBe(200);
  // A good key that does not open the route is no guess.
  for (let each = 0; each < 110; each += 1)
    expect(await ask({ 'x-api-key': 'better' }, '192.0.2.3', '/browser-only')).toBe(401);
  expect(await ask({ authorization: 'Bearer good' }, '192.0.2.3')).toBe(200);
  for (let each = 0; each < 100; each += 1) expect(await ask({ 'x-api-key': `wrong ${each}` })).toBe(401);
  const before = lookUps;
  expect(await ask({ authorization: 'Bearer wrong' })).toBe(429);
  expect(await ask({ 'x-api-key': 'better' })).toBe(429);
  expect(lookUps).toBe(before);
  expect(await ask({ authorization: 'Bearer good' })).toBe(200);
  expect(await ask({})).toBe(401);
  expect(await ask({ 'x-api-key': 'better' }, '192.0.2.2')).toBe(200);
});
