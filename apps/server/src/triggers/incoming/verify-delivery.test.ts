import { createHmac } from 'node:crypto';

import { expect, it } from 'vitest';

import { signMessage } from '../../webhooks/sign-message.ts';
import { verifyDelivery } from './verify-delivery.ts';

/** The example of GitHub's own documentation, "Validating webhook deliveries". */
const GITHUB = {
  secret: "It's a Secret to Everybody",
  body: Buffer.from('Hello, World!'),
  signature: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
};
const NOW = Date.parse('2026-11-30T12:00:00.000Z');

const verify = (
  verification: Parameters<typeof verifyDelivery>[1]['verification'],
  headers: Record<string, string>,
  { secret = GITHUB.secret, body = GITHUB.body, pathSecret = undefined as string | undefined, nowMs = NOW } = {},
) => verifyDelivery({ headers, body, pathSecret }, { verification, secret, nowMs });

it('takes the signature of GitHub, and recognises the same body under another delivery id', () => {
  const headers = {
    'x-hub-signature-256': GITHUB.signature,
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  };
  const first = verify('github', headers);
  expect(first).toEqual({ uniqueId: expect.any(String) as string, deliveryId: null });
  // The id is not signed: whoever replays the body may give it another one.
  expect(verify('github', { ...headers, 'x-github-delivery': 'another' })).toEqual(first);
  const other = Buffer.from('Hello, World');
  for (const bad of [
    verify('github', headers, { body: other }),
    verify('github', headers, { secret: 'another' }),
    verify('github', { ...headers, 'x-hub-signature-256': GITHUB.signature.slice(0, -1) }),
    verify('github', {
      'x-hub-signature': `sha1=${createHmac('sha1', GITHUB.secret).update(GITHUB.body).digest('hex')}`,
    }),
    verify('github', {}),
    verify('github', headers, { pathSecret: GITHUB.secret }),
    verify('github', { authorization: `Bearer ${GITHUB.secret}` }),
  ])
    expect(bad).toBeUndefined();
});

it('takes the signature of Standard Webhooks for five minutes, as this server makes it', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const old = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  const body = Buffer.from('{"a":1}');
  const headers = signMessage({ id: 'wevt_1', body: body.toString(), nowMs: NOW }, [old, secret]);
  const at = (ms: number, given = headers) => verify('standard', given, { secret, body, nowMs: NOW + ms });
  expect(at(0)).toMatchObject({ deliveryId: 'wevt_1' });
  expect(at(300_000)).toBeDefined();
  for (const bad of [
    at(301_000),
    at(-301_000),
    at(0, { ...headers, 'webhook-id': 'wevt_2' }),
    at(0, { ...headers, 'webhook-timestamp': String(NOW / 1000 + 1) }),
    at(0, { ...headers, 'webhook-signature': '' }),
  ])
    expect(bad).toBeUndefined();
});

it('takes the secret itself in the header or the address, each where it was asked for only', () => {
  const secret = 'c2VjcmV0';
  const bearer = { authorization: `Bearer ${secret}` };
  expect(verify('bearer', bearer, { secret })).toEqual({ uniqueId: undefined, deliveryId: null });
  expect(verify('url', { 'idempotency-key': 'one two' }, { secret, pathSecret: secret })).toMatchObject({
    ...{ uniqueId: expect.any(String) as string, deliveryId: null },
  });
  for (const bad of [
    verify('bearer', { authorization: 'Bearer other' }, { secret }),
    verify('bearer', {}, { secret, pathSecret: secret }),
    verify('bearer', bearer, { secret, pathSecret: secret }),
    verify('url', bearer, { secret }),
    verify('url', {}, { secret, pathSecret: `${secret}x` }),
  ])
    expect(bad).toBeUndefined();
});
