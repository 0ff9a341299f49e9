import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { createIdentityHarness, type IdentityHarness } from '../fixtures/identity-harness.ts';
import type { Identity } from '../identity.ts';
import { createOidcLinks, toProviderId } from '../oidc/oidc-links.ts';
import type { JwtIssuer } from './jwt-issuer.ts';
import { createJwtKeys } from './jwt-keys.ts';

const AUDIENCE = 'csp';
const SETTINGS = {
  ...{ audience: AUDIENCE, user_claim: 'sub', by_email: true, users: { ci: 'ci@example.com' } },
  ...{ scope_claim: 'scope', read_scope: 'csp:read', write_scope: 'csp:write' },
};

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let own: Keys;
let other: Keys;
let server: Server;
let issuer: string;
/** What the issuer publishes; a function answers by itself. */
let published: { keys: JWK[] } | ((response: ServerResponse) => void);
let fetches = 0;

const toJwk = async ({ publicKey }: Keys, kid: string): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  ...{ kid, alg: 'ES256', use: 'sig' },
});

beforeAll(async () => {
  [own, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  server = createServer((request, response) => {
    if (request.url !== '/keys') {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
      return;
    }
    fetches += 1;
    if (typeof published === 'function') published(response);
    else response.end(JSON.stringify(published));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  published = { keys: [await toJwk(own, 'own')] };
  fetches = 0;
});

const seconds = (ms: number) => Math.floor(ms / 1000);

function sign(
  claims: Record<string, unknown>,
  { kid = 'own', key = own.privateKey, typ = 'JWT' } = {},
): Promise<string> {
  const now = seconds(Date.now());
  return new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'ci', exp: now + 60, iat: now, scope: 'csp:write', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid, typ })
    .sign(key);
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a JSON Web Token', () => {
  let harness: IdentityHarness;
  let identity: Identity;
  const resolve = async (claims: Record<string, unknown>, options: Parameters<typeof sign>[1] = {}) =>
    identity.authenticate(bearer(await sign(claims, options)));

  beforeEach(async () => {
    harness = await createIdentityHarness();
    const issuers: JwtIssuer[] = [
      { issuer, ...SETTINGS },
      { issuer: 'https://granting.example', ...SETTINGS },
    ];
    ({ identity } = await harness.open({ jwtIssuers: issuers }));
    await identity.users.create({ email: 'ci@example.com', name: 'CI', role: 'operator' });
  });
  afterEach(() => harness[Symbol.asyncDispose]());

  it('stands for the account that its claim is mapped to, or that has its verified email, with its scopes', async () => {
    const users = {
      ci: await resolve({}),
      byEmail: await resolve({ sub: 'x', email: 'CI@example.com', email_verified: true }),
    };
    expect(users.ci).toMatchObject({
      name: 'CI',
      role: 'operator',
      via: 'jwt',
      scopes: ['read', 'write'],
      apiKeyId: null,
    });
    expect(users.byEmail?.userId).toBe(users.ci?.userId);
    expect(await resolve({ scope: 'openid csp:read' })).toMatchObject({ scopes: ['read'] });
    expect(await resolve({ scope: ['csp:write'] })).toMatchObject({ scopes: ['read', 'write'] });
    expect(await resolve({ scope: 'csp:writer' })).toMatchObject({ scopes: [] });
    const [one, two] = [await resolve({ jti: '1' }), await resolve({ jti: '2' })];
    expect(one?.credentialId).not.toBe(two?.credentialId);
    expect(one?.token?.subject).toBe(two?.token?.subject);
    expect(fetches, 'of the keys').toBe(1);
  });

  it('is refused with any claim that does not fit, and for nobody in particular', async () => {
    const now = seconds(Date.now());
    await identity.users.create({ email: 'kate@example.com', name: 'Kate', role: 'admin' });
    for (const claims of [
      { sub: 'x', email: '\u212Aate@example.com', email_verified: true },
      { iss: 'https://other.example' },
      { iss: `${issuer}/` },
      { aud: 'another service' },
      { aud: undefined },
      { exp: now - 1 },
      { exp: undefined },
      { exp: now + 25 * 3600 },
      { cnf: { jkt: 'x' } },
      { nbf: now + 60 },
      { sub: 'unknown' },
      { sub: 'constructor' },
      { sub: 'x', email: 'ci@example.com' },
      { sub: 'x', email: 'ci@example.com', email_verified: 'true' },
      { sub: 'x', email: 'nobody@example.com', email_verified: true },
    ])
      expect(await resolve(claims), JSON.stringify(claims)).toBeNull();
  });

  it('leads by its email only to the person whom single sign-on has linked to the account', async () => {
    const { identity: linking, store } = await harness.open({ jwtIssuers: [{ issuer, ...SETTINGS }] });
    const ada = await linking.users.create({ email: 'ada@example.com', name: 'Ada', role: 'user' });
    const links = createOidcLinks({ kind: store.kind, database: store.database, clock: { now: harness.nowMs } });
    const of = (sub: string, email: string) => resolve({ sub, email, email_verified: true });
    const heir = await of('heir', 'ada@example.com');
    expect(heir).toMatchObject({ userId: ada.id });
    const current = async () => (await identity.findCurrent(heir === null ? [] : [heir])).size;
    expect(await current()).toBe(1);
    await links.link(ada.id, { providerId: toProviderId(issuer), subject: 'ada' });
    harness.advance(1000);
    expect(await of('ada', 'ada@example.com')).toMatchObject({ userId: ada.id });
    expect(await of('heir', 'ada@example.com')).toBeNull();
    expect(await current()).toBe(0);
    expect(await of('ada', 'ci@example.com'), 'the account of another').toBeNull();
    expect(await resolve({}), 'what the configuration lists').toMatchObject({ name: 'CI' });
  });

  it('is refused when another key signed it, or none, or a secret, or when it is a proof', async () => {
    expect(await resolve({}, { typ: 'dpop+jwt' })).toBeNull();
    expect(await resolve({}, { key: other.privateKey })).toBeNull();
    const [, claims = '', signature = ''] = (await sign({})).split('.');
    const toToken = (header: object, signed = signature) =>
      [base64url.encode(JSON.stringify(header)), claims, signed].join('.');
    expect(await identity.authenticate(bearer(toToken({ alg: 'none' })))).toBeNull();
    expect(await identity.authenticate(bearer(toToken({ alg: 'none', kid: 'own' }, '')))).toBeNull();
    const secret = new TextEncoder().encode(await exportSPKI(own.publicKey));
    const shared = new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'ci' }).setExpirationTime('1m');
    const confused = await shared.setProtectedHeader({ alg: 'HS256', kid: 'own' }).sign(secret);
    expect(await identity.authenticate(bearer(confused))).toBeNull();
    const embedded = toToken({ alg: 'ES256', jwk: await exportJWK(other.publicKey), jku: 'http://127.0.0.1:1/' });
    expect(await identity.authenticate(bearer(embedded))).toBeNull();
  });

  it('ends with its time, and with its account', async () => {
    const actor = await resolve({ exp: seconds(harness.nowMs()) + 60 });
    const current = async () => (await identity.findCurrent(actor === null ? [] : [actor])).size;
    expect(await current()).toBe(1);
    await identity.users.update(actor?.userId ?? '', { status: 'locked' });
    expect(await current()).toBe(0);
    expect(await resolve({})).toBeNull();
    await identity.users.update(actor?.userId ?? '', { status: 'active' });
    expect(await current()).toBe(1);
    await identity.users.update(actor?.userId ?? '', { email: 'moved@example.com' });
    expect(await current(), 'its email leads elsewhere').toBe(0);
    await identity.users.update(actor?.userId ?? '', { email: 'ci@example.com' });
    expect(await current()).toBe(1);
    harness.advance(60_000);
    expect(await current()).toBe(0);
  });

  it('opens no sign-in by cookie, and is nothing where no issuer is set up', async () => {
    const token = await sign({});
    expect(await identity.signInWithApiKey(token, { address: '192.0.2.7' })).toBeNull();
    expect(await identity.authenticate(bearer(token))).not.toBeNull();
    expect(await identity.signInWithApiKey(token, { address: '192.0.2.7' }), 'while it is remembered').toBeNull();
    const { identity: without } = await harness.open();
    expect(await without.authenticate(bearer(token))).toBeNull();
  });
});

describe('the keys of an issuer', () => {
  let nowMs: number;
  const header = (kid: string) => ({ alg: 'ES256', kid });
  const token = { payload: '', signature: '' };
  const unavailable = { code: 'provider_unavailable' };
  const open = (from = issuer) => {
    const keys = createJwtKeys({ issuer: from }, { monotonicMs: () => nowMs, fetchTimeoutMs: 50 });
    return (kid: string) => Promise.resolve(keys.get(header(kid), token));
  };
  beforeEach(() => void (nowMs = 0));
  afterEach(() => vi.useRealTimers());

  it('are fetched again for one that is not known, half a minute apart', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const find = open();
    await Promise.all([find('own'), find('own')]);
    published = { keys: [await toJwk(other, 'new')] };
    for (let each = 0; each < 5; each += 1) await expect(find('new')).rejects.toThrow('no applicable key');
    expect(fetches).toBe(1);
    vi.setSystemTime(Date.now() + 30_000);
    await find('new');
    expect(fetches).toBe(2);
  });

  it('that cannot be had give a clear error at once, and are asked for again after ten seconds', async () => {
    const find = open();
    published = () => undefined;
    await expect(find('own')).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining(issuer) });
    published = { keys: [await toJwk(own, 'own')] };
    await expect(find('own')).rejects.toMatchObject(unavailable);
    expect(fetches).toBe(1);
    nowMs += 10_000;
    await find('own');
    await expect(open('http://127.0.0.1:1')('own')).rejects.toMatchObject(unavailable);
  });

  it('serve on while the issuer is silent, without anybody waiting for it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const find = open();
    await find('own');
    const asked = Promise.withResolvers<ServerResponse>();
    published = asked.resolve;
    nowMs += 10 * 60_000;
    await find('own');
    await asked.promise;
    await vi.waitFor(() => expect(find('new')).rejects.toMatchObject(unavailable));
    await find('own');
    vi.setSystemTime(Date.now() + 60 * 60_000);
    await expect(find('own'), 'they may have been withdrawn').rejects.toMatchObject(unavailable);
    expect(fetches).toBe(2);
  });
});
