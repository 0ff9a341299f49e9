import { CspError } from '@claude-sdk-pattern/protocol';
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createLastingAccess, NO_RATE_LIMIT } from '../entrance/fixtures/access-harness.ts';
import type { ChangeRecorder } from '../../audit/audit-log.ts';
import type { Fact } from '../../audit/fact.ts';
import { createSignInRecorder } from '../../audit/sign-in-recorder.ts';
import { systemClock } from '../../lib/clock.ts';
import { admitRequests } from '../entrance/admission.ts';
import { createAttemptLimits } from '../entrance/attempt-limits.ts';
import { createSignInRate } from '../entrance/request-rate.ts';
import { createIdentityHarness, type IdentityHarness } from '../../identity/fixtures/identity-harness.ts';
import type { Role } from '../../identity/actor.ts';
import type { Identity } from '../../identity/identity.ts';
import { identityRoutes } from './identity-routes.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';

const BOOTSTRAP_KEY = 'a bootstrap key of the operator';
const PASSWORD = 'correct horse battery';
const host = '127.0.0.1:4600';
const origin = `http://${host}`;

let harness: IdentityHarness;
let identity: Identity;
let app: FastifyInstance;
/** What was recorded. */
let facts: Fact[];

beforeEach(async () => {
  harness = await createIdentityHarness();
  ({ identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY }));
  facts = [];
  const audit: ChangeRecorder = {
    record: async (fact) => void facts.push(fact),
    async during(intent, work, toFacts = () => [intent]) {
      const result = await work();
      facts.push(...toFacts(result));
      return result;
    },
  };
  app = Fastify(zodSchemas);
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof CspError ? error : new CspError('internal', String(error));
    if (known.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(known.retryAfterMs / 1000));
    return reply.code(known.status).send({ type: 'error', error: known.toBody(), request_id: 'req_test' });
  });
  const allowedOrigins = ['https://app.example'];
  admitRequests(app, { identity, access: createLastingAccess(), rate: NO_RATE_LIMIT, allowedOrigins });
  await app.register(identityRoutes, {
    identity,
    audit,
    signIns: createSignInRecorder({ audit, clock: systemClock }),
    limits: createAttemptLimits(),
    signInRate: createSignInRate(NO_RATE_LIMIT),
    allowedOrigins,
    publicUrl: undefined,
    basePath: '',
  });
});

afterEach(async () => {
  await app.close();
  await harness[Symbol.asyncDispose]();
});

type Headers = Record<string, string>;

function post(url: string, payload: InjectOptions['payload'], headers: Headers = {}): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'POST', url, payload: payload ?? {}, headers: { host, ...headers } });
}

function get(url: string, headers: Headers = {}): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'GET', url, headers: { host, ...headers } });
}

/** The headers that a browser sends after signing in. */
async function signIn(body: InjectOptions['payload']): Promise<Headers> {
  const response = await post('/api/v1/sign-in', body, { origin });
  expect(response.statusCode).toBe(204);
  return {
    origin,
    cookie: response.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; '),
  };
}

async function createUser(email: string, role: Role): Promise<string> {
  return (await identity.users.create({ email, password: PASSWORD, name: email, role })).id;
}

describe('POST /api/v1/sign-in', () => {
  it('signs in by link, once', async () => {
    const { token } = await identity.createSignInLink();
    const cookie = await signIn({ link_token: token });
    expect(await identity.authenticate(cookie)).toMatchObject({ role: 'admin', via: 'cookie' });
    const again = await post('/api/v1/sign-in', { link_token: token });
    expect(again.statusCode).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
  });

  it('signs in by API key', async () => {
    expect(await identity.authenticate(await signIn({ api_key: BOOTSTRAP_KEY }))).toMatchObject({ via: 'cookie' });
    expect((await post('/api/v1/sign-in', { api_key: 'wrong' })).statusCode).toBe(401);
  });

  it('signs in by email and password, with the role of the user', async () => {
    const userId = await createUser('operator@example.com', 'operator');
    expect(userId).toMatch(/^user_/);
    const cookie = await signIn({ email: 'Operator@example.com', password: PASSWORD });
    expect(await identity.authenticate(cookie)).toMatchObject({
      userId,
      role: 'operator',
      email: 'operator@example.com',
    });
  });

  it('says the same of a wrong password, an unknown user and an email that is none', async () => {
    await createUser('someone@example.com', 'user');
    const attempts = [
      { email: 'someone@example.com', password: 'wrong password' },
      { email: 'nobody@example.com', password: PASSWORD },
      { email: 'nobody', password: PASSWORD },
    ];
    const responses = await Promise.all(attempts.map((body) => post('/api/v1/sign-in', body)));
    for (const response of responses) expect(response.statusCode).toBe(401);
    expect(new Set(responses.map((response) => response.body)).size).toBe(1);
  });

  it.each([{}, { link_token: '' }, { api_key: 5 }, { email: 'a@b.c' }, { api_key: 'k', link_token: 't' }, null])(
    'refuses the body %j as invalid',
    async (body) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/sign-in',
        headers: { host, 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      });
      expect(response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
      expect(response.statusCode).toBe(400);
    },
  );

  it('answers 429 with retry-after from the 101st bad key of an address in a minute, and takes a good one', async () => {
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      expect((await post('/api/v1/sign-in', { api_key: `wrong ${attempt}` })).statusCode).toBe(401);
    }
    const refused = await post('/api/v1/sign-in', { link_token: 'wrong' });
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await post('/api/v1/invitations/find', { token: 'wrong' })).statusCode).toBe(429);
    expect((await post('/api/v1/sign-in', { api_key: BOOTSTRAP_KEY })).statusCode).toBe(204);
  });

  it('answers 429 with retry-after from the 61st sign-in of a user in a minute, and keeps nothing of it', async () => {
    const email = 'someone@example.com';
    const userId = await createUser(email, 'user');
    const { key } = await identity.apiKeys.create(userId, { name: 'reader', scopes: ['read'] });
    for (let count = 1; count <= 60; count += 1) await signIn({ api_key: key });
    const recorded = facts.length;
    for (const body of [{ email, password: PASSWORD }, ...Array.from({ length: 11 }, () => ({ api_key: key }))]) {
      const refused = await post('/api/v1/sign-in', body);
      expect(refused.statusCode).toBe(429);
      expect(refused.json()).toMatchObject({ error: { type: 'rate_limit_error', details: { limit: 60 } } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.headers['set-cookie']).toBeUndefined();
    }
    expect(await identity.signIns.list(userId)).toHaveLength(60);
    expect(facts).toHaveLength(recorded);
    await signIn({ api_key: BOOTSTRAP_KEY });
  });

  it('refuses a page of another site, and lets an allowed origin in', async () => {
    const body = { api_key: BOOTSTRAP_KEY };
    const refused = await post('/api/v1/sign-in', body, { origin: 'https://evil.example' });
    expect(refused.statusCode).toBe(403);
    expect(refused.headers['set-cookie']).toBeUndefined();
    expect((await post('/api/v1/sign-in', body, { origin: 'https://app.example' })).statusCode).toBe(204);
  });

  it('refuses a credential in the URL', async () => {
    const response = await post(`/api/v1/sign-in?token=t`, { api_key: BOOTSTRAP_KEY });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { details: { code: 'credential_in_url' } } });
  });
});

describe('POST /api/v1/sign-out', () => {
  it('ends the sign-in at once and clears the cookie', async () => {
    const cookie = await signIn({ api_key: BOOTSTRAP_KEY });
    const response = await app.inject({ method: 'POST', url: '/api/v1/sign-out', headers: { host, ...cookie } });
    expect(response.statusCode).toBe(204);
    expect(response.cookies).toContainEqual(
      expect.objectContaining({ name: 'csp.session_token', value: '', maxAge: 0 }),
    );
    expect(await identity.authenticate(cookie)).toBeNull();
  });

  it('is refused to a page of another site', async () => {
    const { cookie = '' } = await signIn({ api_key: BOOTSTRAP_KEY });
    expect((await post('/api/v1/sign-out', {}, { cookie, origin: 'https://evil.example' })).statusCode).toBe(403);
    expect(await identity.authenticate({ cookie })).not.toBeNull();
  });
});

describe('/api/v1/api-keys', () => {
  it('makes a key that is shown once, lists it, and revokes it', async () => {
    const cookie = await signIn({ api_key: BOOTSTRAP_KEY });
    const created = await post('/api/v1/api-keys', { name: 'laptop', expires_in_days: 30 }, cookie);
    const { id, key } = created.json<{ id: string; key: string }>();
    expect(created.json()).toMatchObject({
      type: 'api_key',
      name: 'laptop',
      hint: key.slice(0, 8),
      last_used_at: null,
    });

    const listed = await get('/api/v1/api-keys', { authorization: `Bearer ${key}` });
    expect(listed.json()).toMatchObject({ data: [{ id, name: 'laptop' }], next_page: null });
    expect(listed.body).not.toContain(key);
    expect(listed.headers['cache-control']).toBe('no-store');

    const remove = { method: 'DELETE', url: `/api/v1/api-keys/${id}`, headers: { host, ...cookie } } as const;
    expect((await app.inject(remove)).statusCode).toBe(204);
    expect((await app.inject(remove)).statusCode).toBe(404);
    expect((await get('/api/v1/api-keys', { 'x-api-key': key })).statusCode).toBe(401);
  });

  it("hides other users' keys", async () => {
    await createUser('someone@example.com', 'user');
    const someone = await signIn({ email: 'someone@example.com', password: PASSWORD });
    const bootstrap = { 'x-api-key': BOOTSTRAP_KEY };
    const { id } = (await post('/api/v1/api-keys', { name: 'mine' }, bootstrap)).json<{ id: string }>();
    expect((await get('/api/v1/api-keys', someone)).json()).toMatchObject({ data: [] });
    const remove = { method: 'DELETE', url: `/api/v1/api-keys/${id}`, headers: { host, ...someone } } as const;
    expect((await app.inject(remove)).statusCode).toBe(404);
    expect((await get('/api/v1/api-keys', bootstrap)).json()).toMatchObject({ data: [{ id }] });
  });

  it('needs a credential, and by cookie a page of this server', async () => {
    expect((await get('/api/v1/api-keys')).statusCode).toBe(401);
    const { cookie = '' } = await signIn({ api_key: BOOTSTRAP_KEY });
    expect((await post('/api/v1/api-keys', { name: 'k' }, { cookie })).statusCode).toBe(403);
    expect((await post('/api/v1/api-keys', { name: 'k' }, { cookie, origin: 'https://evil.example' })).statusCode).toBe(
      403,
    );
    expect((await get('/api/v1/api-keys', { cookie })).json()).toMatchObject({ data: [] });
  });
});

describe('/api/v1/account', () => {
  const change = (payload: InjectOptions['payload'], headers: Headers) =>
    app.inject({ method: 'PATCH', url: '/api/v1/account', payload: payload ?? {}, headers: { host, ...headers } });

  it('takes a changed role, name and lock into account at once', async () => {
    const userId = await createUser('someone@example.com', 'user');
    const someone = await signIn({ email: 'someone@example.com', password: PASSWORD });
    const { key } = (await post('/api/v1/api-keys', { name: 'k' }, someone)).json<{ key: string }>();
    const bearer = { authorization: `Bearer ${key}` };
    expect((await identity.authenticate(bearer))?.role).toBe('user');

    await identity.users.update(userId, { role: 'operator' });
    expect((await change({ name: ' Some One ' }, someone)).json()).toMatchObject({ name: 'Some One' });
    for (const headers of [someone, bearer]) {
      expect(await identity.authenticate(headers)).toMatchObject({ role: 'operator', name: 'Some One' });
    }

    await identity.users.update(userId, { status: 'locked' });
    for (const headers of [someone, bearer]) expect(await identity.authenticate(headers)).toBeNull();
    const refused = await post('/api/v1/sign-in', { email: 'someone@example.com', password: PASSWORD });
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ error: { message: expect.stringContaining('locked') } });
  });

  it('changes email and password only with the current password, and ends the other sign-ins', async () => {
    const userId = await createUser('someone@example.com', 'user');
    await createUser('taken@example.com', 'user');
    const [someone, elsewhere] = [
      await signIn({ email: 'someone@example.com', password: PASSWORD }),
      await signIn({ email: 'someone@example.com', password: PASSWORD }),
    ];
    facts.length = 0;
    const confirmed = { current_password: PASSWORD };
    const link = async () => (await identity.invitations.create({ id: userId })).token;
    const isOpen = async (token: string) => (await identity.invitations.find(token)) !== undefined;
    const first = await link();
    for (const refused of [
      {},
      { email: 'new@example.com' },
      { email: 'new@example.com', current_password: 'wrong' },
      { password: 'another long password' },
      { password: 'short', ...confirmed },
    ])
      expect((await change(refused, someone)).statusCode, JSON.stringify(refused)).toBe(400);
    const taken = await change({ email: 'Taken@example.com', ...confirmed }, someone);
    expect(taken).toMatchObject({ statusCode: 409 });
    expect(taken.body).not.toMatch(/taken|another account|exists/i);
    expect((await change({ name: 'Some One' }, someone)).statusCode).toBe(200);
    expect(await isOpen(first)).toBe(true);
    expect((await change({ email: 'New@example.com', ...confirmed }, someone)).json()).toMatchObject({
      email: 'new@example.com',
      confirm_with: 'password',
    });
    expect(await isOpen(first)).toBe(false);
    const second = await link();
    expect(await identity.authenticate(elsewhere)).toMatchObject({ userId, email: 'new@example.com' });
    const password = 'another long password';
    expect((await change({ password, ...confirmed }, someone)).statusCode).toBe(200);
    expect(await isOpen(second)).toBe(false);
    expect(await identity.authenticate(elsewhere)).toBeNull();
    expect(await identity.authenticate(someone)).not.toBeNull();
    await signIn({ email: 'new@example.com', password });
    expect(facts.filter(({ action }) => action === 'user.update')).toMatchObject([
      { outcome: 'failure', details: { email: 'new@example.com', reason: 'invalid_request' } },
      { outcome: 'failure' },
      { outcome: 'failure', details: { password: true } },
      { outcome: 'failure', details: { reason: 'state_conflict' } },
      { details: { name: true } },
      { details: { email: 'new@example.com', email_before: 'someone@example.com' } },
      { details: { password: true } },
    ]);
    expect(JSON.stringify(facts)).not.toContain(password);
  });

  it('lets an account without a password set one soon after a sign-in that no key made', async () => {
    const password = 'the first long password';
    const link = async () => signIn({ link_token: (await identity.createSignInLink()).token });
    const linked = await link();
    const userId = (await identity.authenticate(linked))?.userId ?? '';
    const { key } = await identity.apiKeys.create(userId, { name: 'CI' });
    const keyed = await signIn({ api_key: key });
    expect((await change({ password }, keyed)).statusCode).toBe(403);
    harness.advance(25 * 3_600_000);
    expect((await get('/api/v1/account', linked)).json()).toMatchObject({ confirm_with: 'new_sign_in' });
    expect((await change({ password }, linked)).statusCode).toBe(403);
    harness.setBack(25 * 3_600_000);
    const again = await link();
    expect((await change({ email: 'admin@example.com', password }, again)).json()).toMatchObject({
      confirm_with: 'password',
    });
    expect(await identity.authenticate(linked)).toBeNull();
    expect(await identity.authenticate(await signIn({ email: 'admin@example.com', password }))).toMatchObject({
      userId,
    });
    expect((await change({ password: 'yet another password' }, again)).statusCode).toBe(400);
  });

  it('gives no place to guess the password', async () => {
    await createUser('someone@example.com', 'user');
    const someone = await signIn({ email: 'someone@example.com', password: PASSWORD });
    const guess = (current: string) => change({ email: 'new@example.com', current_password: current }, someone);
    for (let attempt = 1; attempt <= 10; attempt += 1) expect((await guess(`${attempt}`)).statusCode).toBe(400);
    expect((await guess(PASSWORD)).statusCode).toBe(429);
  });
});

it('has none of the doors of better-auth', async () => {
  const admin = await signIn({ api_key: BOOTSTRAP_KEY });
  for (const path of ['sign-up/email', 'sign-in/email', 'admin/impersonate-user', 'change-password', 'open-session'])
    expect(
      (await post(`/api/auth/${path}`, { email: 'x@example.com', password: PASSWORD, name: 'x' }, admin)).statusCode,
    ).toBe(404);
});

describe('the audit log', () => {
  it('has who signed in and out and made keys, and no secret', async () => {
    const headers = await signIn({ api_key: BOOTSTRAP_KEY });
    await post('/api/v1/sign-in', { api_key: 'no such key' }, { origin });
    await post('/api/v1/sign-in', { email: 'me@example.com', password: PASSWORD }, { origin });
    const made = await post('/api/v1/api-keys', { name: 'CI' }, headers);
    const { id, key } = made.json<{ id: string; key: string }>();
    await app.inject({ method: 'DELETE', url: `/api/v1/api-keys/${id}`, headers: { host, ...headers } });
    await post('/api/v1/sign-out', {}, headers);

    expect(facts.map(({ action, outcome = 'success' }) => `${action} ${outcome}`)).toEqual([
      'auth.sign_in success',
      'auth.sign_in failure',
      'auth.sign_in failure',
      'api_key.create success',
      'api_key.revoke success',
      'auth.sign_out success',
    ]);
    const [signedIn, , , created] = facts;
    expect(created).toMatchObject({ actor: signedIn?.actor, target: { type: 'api_key', id } });
    for (const secret of [key, PASSWORD, BOOTSTRAP_KEY, 'no such key', 'me@example.com'])
      expect(JSON.stringify(facts)).not.toContain(secret);
  });
});
