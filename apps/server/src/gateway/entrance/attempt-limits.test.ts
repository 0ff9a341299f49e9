import type { IncomingHttpHeaders } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { createLastingAccess, NO_RATE_LIMIT } from './fixtures/access-harness.ts';
import { admitRequests } from './admission.ts';
import { createAttemptLimits } from './attempt-limits.ts';
import { sendError } from './error-envelope.ts';

async function fail(): Promise<never> {
  throw new CspError('authentication_required', 'wrong');
}

function openLimits() {
  let nowMs = 0;
  const limits = createAttemptLimits(() => nowMs);
  /** How many of so many failing attempts are let through. */
  const guess = async (times: number, address: string, account: string) => {
    let passed = 0;
    for (let each = 0; each < times; each += 1) {
      const failed = limits.during({ address, account }, fail);
      const code = await failed.catch((error: unknown) => (error as { code?: unknown }).code);
      expect(['authentication_required', 'rate_limited']).toContain(code);
      if (code === 'authentication_required') passed += 1;
    }
    return passed;
  };
  return { limits, guess, advance: (ms: number) => (nowMs += ms) };
}

it('lets an address fail ten times a minute at one account, and leaves it all others', async () => {
  const { guess, advance } = openLimits();
  expect(await guess(11, '192.0.2.1', 'Ada@example.com')).toBe(10);
  expect(await guess(1, '192.0.2.1', 'ada@example.com ')).toBe(0);
  expect(await guess(1, '192.0.2.1', 'bob@example.com')).toBe(1);
  expect(await guess(1, '192.0.2.2', 'ada@example.com')).toBe(1);
  advance(60_000);
  expect(await guess(11, '192.0.2.1', 'ada@example.com')).toBe(10);
});

it('does not count who succeeds', async () => {
  const { limits } = openLimits();
  for (let each = 0; each < 200; each += 1)
    await limits.during({ address: '192.0.2.1', account: 'ada@example.com' }, async () => undefined);
});

it('lets an address, and an account, have three passwords checked at once', async () => {
  const { limits } = openLimits();
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const check = (index: number, account: string) =>
    limits.during({ address: `192.0.2.${index}`, account }, () => finished);
  const ada = [1, 2, 3].map((index) => check(index, 'ada@example.com'));
  await expect(check(4, 'Ada@example.com')).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 1000 });
  const first = ['bob', 'cyd'].map((account) => check(1, account));
  await expect(check(1, 'dan')).rejects.toMatchObject({ code: 'rate_limited' });
  finish();
  await Promise.all([...ada, ...first]);
  await check(1, 'ada@example.com');
});

it('counts confirmations of an account that succeed, too', async () => {
  const { limits, advance } = openLimits();
  const confirm = (index: number) =>
    limits.during({ address: `192.0.2.${index}`, account: 'user_1', isConfirmation: true }, async () => 'done');
  for (let each = 0; each < 20; each += 1) expect(await confirm(each)).toBe('done');
  await expect(confirm(20)).rejects.toMatchObject({ code: 'rate_limited' });
  advance(60_000);
  expect(await confirm(21)).toBe('done');
});

it('takes no attempt from who was refused because many sign in', async () => {
  const { limits } = openLimits();
  const attempt = { address: '192.0.2.1', account: 'ada@example.com' };
  const refuse = async () => {
    throw new CspError('overloaded', 'busy');
  };
  for (let each = 0; each < 20; each += 1)
    await expect(limits.during(attempt, refuse)).rejects.toMatchObject({ code: 'overloaded' });
});

it('stops an address that tries many accounts', async () => {
  const { guess } = openLimits();
  const passed: number[] = [];
  for (let index = 0; index < 150; index += 1) passed.push(await guess(1, '192.0.2.1', `user-${index}`));
  expect(passed.filter((each) => each === 1)).toHaveLength(100);
});

it('slows down who attacks one account from many addresses, and never locks its owner out', async () => {
  const { guess, advance } = openLimits();
  for (let minute = 0; minute < 30; minute += 1) {
    const passed: number[] = [];
    for (let index = 0; index < 50; index += 1) passed.push(await guess(10, `198.51.100.${index}`, 'ada@example.com'));
    // In the first of each quarter of an hour it is not known yet.
    expect(Math.max(...passed.slice(10))).toBe(2);
    expect(await guess(1, '192.0.2.7', 'ada@example.com')).toBe(1);
    advance(60_000);
  }
});

it.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 0],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 10],
  ['::ffff:192.0.2.1', '192.0.2.1', 0],
])('takes the addresses %s and %s for one network or two', async (first, second, left) => {
  const { guess } = openLimits();
  await guess(10, first, 'ada@example.com');
  expect(await guess(10, second, 'ada@example.com')).toBe(left);
});

it('limits bad credentials that nobody can guess, by address, and refuses no good one for them', async () => {
  await using app = Object.assign(fastify(), {
    async [Symbol.asyncDispose]() {
      await app.close();
    },
  });
  app.setErrorHandler(sendError);
  const authenticate = async ({ authorization, 'x-api-key': key }: IncomingHttpHeaders) =>
    authorization === 'Bearer good' || key === 'better' ? toTestActor('user_1') : null;
  const limits = createAttemptLimits(() => 0);
  admitRequests(app, {
    identity: { authenticate, findAccountEnd: async () => undefined },
    access: createLastingAccess(),
    rate: NO_RATE_LIMIT,
    limits,
  });
  app.get('/', { config: { action: 'session.read' } }, async () => ({}));
  app.get('/browser-only', { config: { action: 'account.change' } }, async () => ({}));
  const ask = async (headers: Record<string, string>, remoteAddress = '192.0.2.1', url = '/') =>
    (await app.inject({ url, headers, remoteAddress })).statusCode;

  // A good key that does not open the route is no guess.
  for (let each = 0; each < 110; each += 1)
    expect(await ask({ 'x-api-key': 'better' }, '192.0.2.3', '/browser-only')).toBe(401);
  expect(await ask({ 'x-api-key': 'wrong' }, '192.0.2.3')).toBe(401);
  for (let each = 0; each < 100; each += 1) expect(await ask({ 'x-api-key': `wrong ${each}` })).toBe(401);
  expect(await ask({ authorization: 'Bearer wrong' })).toBe(429);
  await expect(limits.tryUnguessable('192.0.2.1', fail)).rejects.toMatchObject({ code: 'rate_limited' });
  expect(await ask({ authorization: 'Bearer good' })).toBe(200);
  expect(await ask({ 'x-api-key': 'better' })).toBe(200);
  expect(await limits.tryUnguessable('192.0.2.1', async () => 'signed in')).toBe('signed in');
  expect(await ask({})).toBe(401);
  expect(await ask({ 'x-api-key': 'wrong' }, '192.0.2.2')).toBe(401);
  // Passwords have a limit of their own.
  await limits.during({ address: '192.0.2.1', account: 'ada@example.com' }, async () => undefined);
});
