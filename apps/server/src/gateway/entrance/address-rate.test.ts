import type { IncomingHttpHeaders } from 'node:http';

import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { createAddressRate, limitAddresses } from './address-rate.ts';
import { toNetwork } from './network.ts';
import { admitRequests } from './admission.ts';
import { sendError } from './error-envelope.ts';
import { createLastingAccess, NO_RATE_LIMIT } from './fixtures/access-harness.ts';

it('limits what one address sends, and below that what it sends without a credential', () => {
  let now = 0;
  const rate = createAddressRate({ perMinute: 3, anonymousPerMinute: 2 }, () => now);
  rate.take('192.0.2.1', true);
  rate.take('192.0.2.1', true);
  now = 20_000;
  expect(() => rate.take('192.0.2.1', true)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 40_000, details: { limit: 2 } }),
  );
  rate.take('192.0.2.1', false);
  expect(() => rate.take('192.0.2.1', false)).toThrow(expect.objectContaining({ details: { limit: 3 } }));
  rate.take('192.0.2.2', true);
  now = 60_000;
  rate.take('192.0.2.1', true);
});

it('counts a network of IPv6 as one address, and an IPv4 address as the same however it is written', () => {
  const rate = createAddressRate({ perMinute: 1, anonymousPerMinute: 1 }, () => 0);
  rate.take('2001:db8::1', false);
  expect(() => rate.take('2001:db8:0:0:ffff::2', false)).toThrow('from your address');
  rate.take('2001:db8:0:1::1', false);
  rate.take('192.0.2.1', false);
  expect(() => rate.take('::ffff:192.0.2.1', false)).toThrow('from your address');
});

it.each([
  ['192.0.2.1:50123', '192.0.2.1'],
  ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['[2001:db8::1]', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:1::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1.2.3.4.5:80', 'unknown'],
  ['[junk]:80', 'unknown'],
  ['unknown1', 'unknown'],
  ['_hidden', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('counts the address %j as %s', (written, network) => {
  expect(toNetwork(written)).toBe(network);
});

it('forgets no address that is at its limit for 10,000 others that are not', () => {
  const rate = createAddressRate({ perMinute: 9, anonymousPerMinute: 2 }, () => 0);
  for (let each = 0; each < 2; each += 1) rate.take('192.0.2.1', true);
  for (let each = 0; each < 10_001; each += 1) rate.take(`10.0.${each >> 8}.${each & 255}`, true);
  expect(() => rate.take('192.0.2.1', true)).toThrow('from your address');
});

it('counts a credential as none until it was good at this address', async () => {
  await using app = Object.assign(fastify(), {
    async [Symbol.asyncDispose]() {
      await app.close();
    },
  });
  app.setErrorHandler(sendError);
  limitAddresses(
    app,
    createAddressRate({ perMinute: 30, anonymousPerMinute: 2 }, () => 0),
  );
  const authenticate = async ({ cookie }: IncomingHttpHeaders) =>
    cookie?.startsWith('csp=good') === true ? toTestActor('user_1') : null;
  const findAccountEnd = async () => undefined;
  admitRequests(app, {
    identity: { authenticate, findAccountEnd },
    access: createLastingAccess(),
    rate: NO_RATE_LIMIT,
  });
  app.get('/', { config: { action: 'session.read' } }, async () => ({}));
  app.get('/operators-only', { config: { action: 'audit.read' } }, async () => ({}));
  const ask = async (cookie: string, url = '/', remoteAddress = '192.0.2.1') =>
    (await app.inject({ url, headers: { cookie }, remoteAddress })).statusCode;

  for (let each = 0; each < 5; each += 1) expect(await ask(`csp=good ${each}`)).toBe(200);
  for (let each = 0; each < 5; each += 1) expect(await ask('csp=good role', '/operators-only')).toBe(403);
  // Others at this address, who send no credential, keep nobody from signing in.
  const ofOthers = await Promise.all([1, 2, 3].map(() => app.inject({ url: '/none', remoteAddress: '192.0.2.3' })));
  expect(ofOthers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 429]);
  expect(await ask('csp=good and new', '/', '192.0.2.3')).toBe(200);
  expect([await ask('csp=junk 1'), await ask('csp=junk 2'), await ask('csp=junk 3')]).toEqual([401, 401, 429]);
  expect([await ask('csp=good 1'), await ask('csp=good role')]).toEqual([200, 200]);
  // It could be junk, so it is not even looked up.
  expect(await ask('csp=good and new')).toBe(429);
  expect((await app.inject({ url: '/none', remoteAddress: '192.0.2.1' })).statusCode).toBe(429);
  expect(await ask('csp=good and new', '/', '192.0.2.2')).toBe(200);
});
