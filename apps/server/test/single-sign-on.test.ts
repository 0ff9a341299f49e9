import { connectRawWebSocket, startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createTestBrowser, type TestBrowser } from './support/browse.ts';
import { startOpenIdProvider, type TestProvider } from './support/openid-provider.ts';

const PUBLIC_URL = 'http://csp.test';
const PASSWORD = 'correct horse battery';
const CALLBACK = '/api/v1/sign-in/oidc/callback';

let provider: TestProvider;
let server: TestServer;

beforeAll(async () => {
  provider = await startOpenIdProvider([`${PUBLIC_URL}${CALLBACK}`]);
  server = await startServer({
    environment: {
      CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: 'loopback',
      CLAUDE_SDK_PATTERN_PUBLIC_URL: PUBLIC_URL,
      CLAUDE_SDK_PATTERN_OIDC_ISSUER: provider.issuer,
      CLAUDE_SDK_PATTERN_OIDC_CLIENT_ID: provider.clientId,
      CLAUDE_SDK_PATTERN_OIDC_CLIENT_SECRET: provider.clientSecret,
      CLAUDE_SDK_PATTERN_OIDC_SCOPES: 'openid email profile groups',
      CLAUDE_SDK_PATTERN_OIDC_NAME: 'Example ID',
      CLAUDE_SDK_PATTERN_OIDC_ADMISSION: 'groups',
      CLAUDE_SDK_PATTERN_JWT_ISSUERS: JSON.stringify([
        { issuer: provider.issuer, audience: 'csp-api', users: { ci: 'ci@example.com' } },
      ]),
      CLAUDE_SDK_PATTERN_OIDC_ROLES: '{"csp-admins": "admin", "ops": "operator", "staff": "user"}',
    },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});
beforeEach(() => {
  provider.refusal = undefined;
});

/** The address that the proxy in front of the server would answer. */
const toServer = (url: URL | string) => String(url).replace(PUBLIC_URL, server.url);
const isCallback = ({ pathname }: URL) => pathname === CALLBACK;

let addresses = 0;
/** Each with an address of its own, as the proxy tells it: attempts are limited by address. */
const openBrowser = () => createTestBrowser({ 'x-forwarded-for': `198.51.100.${(addresses += 1)}` });

/** Goes to the provider and back, up to the address of the callback. */
async function goToCallback(browser: TestBrowser, returnTo = '/'): Promise<string> {
  const begin = `${server.url}/api/v1/sign-in/oidc?return_to=${encodeURIComponent(returnTo)}`;
  const { url } = await browser.open(begin, isCallback);
  expect(url.pathname).toBe(CALLBACK);
  return toServer(url);
}

/** Signs in as `person`; where the browser ends, as a path. */
async function signIn(person: TestProvider['person'], { browser = openBrowser(), returnTo = '/' } = {}) {
  provider.person = person;
  const callback = await goToCallback(browser, returnTo);
  const { url } = await browser.open(callback, () => true);
  return { path: `${url.pathname}${url.search}`, origin: url.origin, cookie: browser.cookie(server.url) };
}

const getJson = async (path: string, headers: Record<string, string>) => {
  const response = await fetch(`${server.url}${path}`, { headers });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};
const whoIs = async (cookie: string) => (await getJson('/api/v1/bootstrap', { cookie })).json['user'];
const list = async (path: string) => (await getJson(path, { 'x-api-key': server.apiKey })).json['data'] as Row[];
type Row = { id: string; email: string; action: string; details: Record<string, unknown>; actor: object };

async function change(method: string, path: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', 'x-api-key': server.apiKey };
  const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, string>;
}

const toPerson = (name: string, groups: string[], more: object = {}) => ({
  ...{ sub: `sub-${name}`, name, email: `${name}@example.com`, email_verified: true, groups },
  ...more,
});

describe('single sign-on', () => {
  it('makes an account for a member of a group at the first sign-in, with the strongest role of the groups', async () => {
    expect((await getJson('/api/v1/sign-in', {})).json).toMatchObject({
      single_sign_on: { name: 'Example ID', url: '/api/v1/sign-in/oidc' },
    });
    const ada = await signIn(toPerson('ada', ['staff', 'ops', 'others']), { returnTo: '/sessions?q=1' });
    expect(ada.path).toBe('/sessions?q=1');
    expect(await whoIs(ada.cookie)).toMatchObject({ name: 'ada', email: 'ada@example.com', role: 'operator' });
    const { json } = await getJson('/api/v1/sign-ins', { cookie: ada.cookie });
    const [{ created_at: begin = '', expires_at: end = '' } = {}] = json['data'] as Record<string, string>[];
    expect(Math.round((Date.parse(end) - Date.parse(begin)) / 3_600_000), 'hours').toBe(24);
    const facts = await list('/api/v1/audit?limit=3');
    expect(facts).toContainEqual(
      expect.objectContaining({ action: 'auth.sign_in', details: expect.objectContaining({ method: 'oidc' }) }),
    );
    expect(facts).toContainEqual(
      expect.objectContaining({ action: 'user.create', actor: { type: 'system', id: 'oidc' } }),
    );
  });

  it('follows the groups downwards, closes what was open, and lets nobody in without a group', async () => {
    const bob = await signIn(toPerson('bob', ['ops']));
    await using socket = await connectRawWebSocket(server, { headers: { cookie: bob.cookie, origin: PUBLIC_URL } });
    expect(await whoIs((await signIn(toPerson('bob', ['staff']))).cookie)).toMatchObject({ role: 'user' });
    expect(await socket.closed).toBe(4003);
    const [fact] = await list('/api/v1/audit?limit=1&action=user.update');
    expect(fact?.details).toEqual({ by: 'oidc', group: 'staff', role: 'user', role_before: 'operator' });
    expect((await signIn(toPerson('new', ['others']))).path).toBe('/sign-in?problem=not_in_group');
  });

  it('ends all that is open of whoever has left the groups, until they are back or locked here', async () => {
    const dan = await signIn(toPerson('dan', ['ops']));
    const { id } = (await whoIs(dan.cookie)) as { id: string };
    const { key = '' } = await change('POST', `/api/v1/users/${id}/api-keys`, { name: 'of dan' });
    const useKey = async () => (await getJson('/v1/sessions', { 'x-api-key': key })).status;
    expect(await useKey()).toBe(200);
    await using socket = await connectRawWebSocket(server, { headers: { cookie: dan.cookie, origin: PUBLIC_URL } });
    expect((await signIn(toPerson('dan', ['others']))).path).toBe('/sign-in?problem=not_in_group');
    expect(await socket.closed).toBe(4003);
    expect((await getJson('/api/v1/bootstrap', { cookie: dan.cookie })).status).toBe(401);
    expect(await useKey()).toBe(401);
    const facts = (await list('/api/v1/audit?limit=2&action=user.update')).map(({ details }) => details);
    expect(facts).toContainEqual({ by: 'oidc', status: 'locked' });
    expect(facts).toContainEqual({ by: 'oidc', role: 'user', role_before: 'operator', group: null });

    expect(await whoIs((await signIn(toPerson('dan', ['staff']))).cookie)).toMatchObject({ id, role: 'user' });
    expect(await useKey()).toBe(200);
    await signIn(toPerson('dan', ['others']));
    await change('PATCH', `/api/v1/users/${id}`, { status: 'locked' });
    expect((await signIn(toPerson('dan', ['staff']))).path).toBe('/sign-in?problem=locked');
  });

  it('leads to an existing account by a verified email alone, and accepts its invitation', async () => {
    const { id } = await change('POST', '/api/v1/users', { email: 'cy@example.com', name: 'Cy' });
    for (const unverified of [{ email_verified: false }, { email_verified: undefined }, { email: undefined }])
      expect((await signIn(toPerson('cy', ['staff'], unverified))).path).toBe('/sign-in?problem=email_not_verified');
    const cy = await signIn(toPerson('cy', ['staff'], { email: 'CY@example.com' }));
    expect(await whoIs(cy.cookie)).toMatchObject({ id, name: 'Cy' });
    expect((await getJson(`/api/v1/users/${id}`, { 'x-api-key': server.apiKey })).json['invited_until']).toBeNull();
    // The subject decides from now on, and the address belongs to nobody else of the provider.
    const renamed = await signIn(toPerson('cy', ['staff'], { email: 'new@example.com', email_verified: false }));
    expect(await whoIs(renamed.cookie)).toMatchObject({ id, email: 'cy@example.com' });
    expect((await signIn(toPerson('cy', ['staff'], { sub: 'sub-heir' }))).path).toBe('/sign-in?problem=account_taken');
  });

  it('accepts an invitation for the person with its email alone, and makes no other account', async () => {
    const { id, invitation } = (await change('POST', '/api/v1/users', {
      email: 'ivy@example.com',
      name: 'Ivy I.',
    })) as unknown as { id: string; invitation: { url: string } };
    const token = invitation.url.split('#link=')[1];
    const send = (path: string, origin: string) =>
      fetch(`${server.url}/api/v1/invitations/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ token }),
      });
    expect(await (await send('find', PUBLIC_URL)).json()).toMatchObject({ single_sign_on: { name: 'Example ID' } });
    expect((await send('single-sign-on', 'https://evil.example')).status).toBe(403);
    const accept = async (person: TestProvider['person']) => {
      provider.person = person;
      const browser = openBrowser();
      const begun = await send('single-sign-on', PUBLIC_URL);
      browser.keep(server.url, begun);
      const { url } = await browser.open(((await begun.json()) as { url: string }).url, isCallback);
      const end = await browser.open(toServer(url), () => true);
      return { path: `${end.url.pathname}${end.url.search}`, cookie: browser.cookie(server.url) };
    };
    const accounts = (await list('/api/v1/users?limit=200')).length;
    for (const [person, problem] of [
      [toPerson('ivy', ['staff'], { email_verified: false }), 'email_not_verified'],
      [toPerson('ivy', ['staff'], { email: 'another@example.com' }), 'other_invitation'],
      [toPerson('ada', ['staff']), 'other_invitation'],
      [toPerson('ivy', ['others']), 'not_in_group'],
    ] as const)
      expect((await accept(person)).path).toBe(`/invite?problem=${problem}`);
    expect(await list('/api/v1/users?limit=200')).toHaveLength(accounts);
    const ivy = await accept(toPerson('ivy', ['staff']));
    expect(ivy.path).toBe('/');
    expect(await whoIs(ivy.cookie)).toMatchObject({ id, name: 'Ivy I.' });
    expect((await send('find', PUBLIC_URL)).status, 'it is used').toBe(401);
    const [fact] = await list('/api/v1/audit?limit=1&action=user.invite');
    expect(fact).toMatchObject({ details: { by: 'oidc', used: true }, target: { id } });
  });

  it('leads nobody to an account whose person chose the email without proof', async () => {
    const body = { email: 'mallory@example.com', name: 'M', password: PASSWORD };
    await change('POST', '/api/v1/users', body);
    const headers = { 'content-type': 'application/json', origin: PUBLIC_URL };
    const send = (method: string, path: string, sent: object, cookie = '') =>
      fetch(`${server.url}${path}`, { method, headers: { ...headers, cookie }, body: JSON.stringify(sent) });
    const signedIn = await send('POST', '/api/v1/sign-in', { email: body.email, password: PASSWORD });
    const cookie = (signedIn.headers.getSetCookie()[0] ?? '').split(';')[0];
    const chosen = { email: 'victim@example.com', current_password: PASSWORD };
    expect((await send('PATCH', '/api/v1/account', chosen, cookie)).status).toBe(200);
    expect((await signIn(toPerson('victim', ['staff']))).path).toBe('/sign-in?problem=account_taken');
    const { id } = (await whoIs(cookie ?? '')) as { id: string };
    await change('PATCH', `/api/v1/users/${id}`, { email: 'M@example.com' });
    const [fact] = await list('/api/v1/audit?limit=1&action=user.update');
    expect(fact?.details).toMatchObject({ email: 'M@example.com', email_before: 'victim@example.com' });
    expect(await whoIs(cookie ?? ''), 'nothing has ended').toMatchObject({ id, email: 'm@example.com' });
    expect(await whoIs((await signIn(toPerson('victim', ['staff']))).cookie)).toMatchObject({ name: 'victim' });
    expect(await whoIs((await signIn(toPerson('m', ['staff']))).cookie)).toMatchObject({ id });
  });

  it('refuses who is locked here, and signs out', async () => {
    const eve = await signIn(toPerson('eve', ['staff']));
    const { id } = (await whoIs(eve.cookie)) as { id: string };
    const out = await fetch(`${server.url}/api/v1/sign-out`, {
      method: 'POST',
      headers: { cookie: eve.cookie, origin: PUBLIC_URL },
    });
    expect(out.status).toBe(204);
    expect((await getJson('/api/v1/bootstrap', { cookie: eve.cookie })).status).toBe(401);
    await change('PATCH', `/api/v1/users/${id}`, { status: 'locked' });
    const refused = await signIn(toPerson('eve', ['staff']));
    expect(refused.path).toBe('/sign-in?problem=locked');
    expect(refused.cookie).not.toContain('session_token');
    const [fact] = await list('/api/v1/audit?limit=1&action=auth.sign_in');
    expect(fact).toMatchObject({ outcome: 'failure', details: { method: 'oidc', reason: 'locked' } });
  });

  it('says in plain words why the provider refuses', async () => {
    for (const [refusal, code] of [
      ['access_denied', 'access_denied'],
      ['temporarily_unavailable', 'provider_unavailable'],
      ['invalid_scope', 'provider_refused'],
    ]) {
      provider.refusal = refusal;
      expect((await signIn(toPerson('ada', ['staff']))).path).toBe(`/sign-in?problem=${code}`);
    }
    provider.refusal = undefined;
    provider.refusesUserinfo = true;
    expect((await signIn(toPerson('ada', ['staff']))).path).toBe('/sign-in?problem=provider_unavailable');
    provider.refusesUserinfo = false;
  });

  it('signs in once where the browser comes back several times at once', async () => {
    provider.person = toPerson('ada', ['staff']);
    const browser = openBrowser();
    const callback = await goToCallback(browser);
    const headers = { cookie: browser.cookie(server.url), 'x-forwarded-for': '198.51.100.250' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(callback, { headers, redirect: 'manual' })));
    const ends = answers.map(({ headers: sent }) => sent.get('location'));
    expect(ends.filter((end) => end === '/')).toHaveLength(1);
    expect(ends.filter((end) => end === '/sign-in?problem=expired')).toHaveLength(3);
  });

  it('ends only what the same browser began, once, with its own code', async () => {
    provider.person = toPerson('ada', ['staff']);
    const [browser, other] = [openBrowser(), openBrowser()];
    const callback = await goToCallback(browser);
    const end = async (in_: TestBrowser, address: string) => {
      const { url } = await in_.open(address, () => true);
      return `${url.pathname}${url.search}`;
    };
    const changed = (name: string, value: string) => {
      const url = new URL(callback);
      url.searchParams.set(name, value);
      return url.href;
    };
    const expired = '/sign-in?problem=expired';
    expect(await end(other, callback), 'in another browser').toBe(expired);
    expect(await end(browser, changed('state', 'x'.repeat(32))), 'with a made-up state').toBe(expired);
    expect(await end(browser, `${server.url}${CALLBACK}?error=access_denied`), 'without a state').toBe(expired);
    expect(await end(browser, callback)).toBe('/');
    expect(await end(browser, callback), 'twice').toBe(expired);

    const stolen = new URL(await goToCallback(other)).searchParams.get('code') ?? '';
    const victim = new URL(await goToCallback(browser));
    victim.searchParams.set('code', stolen);
    expect(await end(browser, victim.href), "with somebody else's code").toBe('/sign-in?problem=answer_not_valid');
    const mixed = new URL(await goToCallback(browser));
    mixed.searchParams.set('iss', 'https://other.example');
    expect(await end(browser, mixed.href), 'of another issuer').toBe('/sign-in?problem=answer_not_valid');
  });

  it('sends nobody to another site afterwards', async () => {
    for (const returnTo of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])
      expect(await signIn(toPerson('ada', ['staff']), { returnTo })).toMatchObject({ path: '/', origin: server.url });
  });

  it('limits failed attempts by the address behind a trusted proxy', async () => {
    const from = (address: string) => createTestBrowser({ 'x-forwarded-for': address });
    const fail = async (address: string) => {
      const { url } = await from(address).open(`${server.url}${CALLBACK}?state=x&code=x`, () => true);
      return url.search;
    };
    const failed = await Promise.all(Array.from({ length: 100 }, () => fail('192.0.2.66')));
    expect(new Set(failed)).toEqual(new Set(['?problem=expired']));
    expect(await fail('192.0.2.66')).toBe('?problem=too_many_attempts');
    expect(await fail('192.0.2.7')).toBe('?problem=expired');
    const password = await fetch(`${server.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PUBLIC_URL, 'x-forwarded-for': '192.0.2.66' },
      body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
    });
    expect(password.status, 'a page of another site has sent the browser there').toBe(401);
    for (const path of ['/api/v1/sign-in/oidc', `${CALLBACK}?state=x&code=x`])
      for (const loads of ['image', 'iframe', 'empty']) {
        const headers = { 'sec-fetch-dest': loads, 'x-forwarded-for': '192.0.2.8' };
        expect((await fetch(`${server.url}${path}`, { headers, redirect: 'manual' })).status, loads).toBe(403);
      }
  });

  it('never takes the last administrator away', async () => {
    const zoe = await signIn(toPerson('zoe', ['csp-admins']));
    expect(await whoIs(zoe.cookie)).toMatchObject({ role: 'admin' });
    const [administrator] = (await list('/api/v1/users')).filter(({ email }) => email.startsWith('administrator@'));
    await change('PATCH', `/api/v1/users/${administrator?.id}`, { status: 'locked' });
    expect((await signIn(toPerson('zoe', ['others']))).path).toBe('/sign-in?problem=not_in_group');
    expect((await getJson('/api/v1/bootstrap', { cookie: zoe.cookie })).status).toBe(401);
    expect(await whoIs((await signIn(toPerson('zoe', ['staff']))).cookie)).toMatchObject({ role: 'admin' });
    await change('PATCH', `/api/v1/users/${administrator?.id}`, { status: 'active' });
    expect(await whoIs((await signIn(toPerson('zoe', ['staff']))).cookie)).toMatchObject({ role: 'user' });
  });
});

describe('a JSON Web Token of a service', () => {
  const sign = (scope: string, options = {}) => provider.sign({ sub: 'ci', aud: 'csp-api', scope }, options);
  const toHeaders = (token: string) => ({ authorization: `Bearer ${token}` });
  const send = (method: string, path: string, token: string, body: object = {}) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { ...toHeaders(token), ...(method !== 'GET' && { 'content-type': 'application/json' }) },
      ...(method !== 'GET' && { body: JSON.stringify(body) }),
    });
  let account: string;

  beforeAll(async () => {
    const made = await change('POST', '/api/v1/users', { email: 'ci@example.com', name: 'CI', role: 'admin' });
    account = made['id'] ?? '';
  });

  /** A WebSocket and an event stream with this token; resolves with how both ended. */
  async function holdOpen(token: string) {
    const { id } = (await (await send('POST', '/v1/sessions', token)).json()) as { id: string };
    const socket = await connectRawWebSocket(server, { headers: toHeaders(token) });
    const stream = await send('GET', `/v1/sessions/${id}/events/stream`, token);
    expect(stream.status).toBe(200);
    return { socket, stream: stream.text() };
  }
  const ended = expect.stringMatching(/event: error\ndata: .*authentication_error/);

  it('is judged like a key: by its scopes and the role of its account, and makes nothing that outlives it', async () => {
    const [write, read, none] = [await sign('csp:write'), await sign('csp:read'), await sign('openid')];
    expect((await send('POST', '/v1/sessions', write)).status).toBe(200);
    expect((await send('GET', '/v1/sessions', read)).status).toBe(200);
    for (const [path, token, body] of [
      ['/v1/sessions', read, {}],
      ['/api/v1/api-keys', write, { name: 'x' }],
      [`/api/v1/users/${account}/api-keys`, write, { name: 'x' }],
      ['/api/v1/users', write, { name: 'x', email: 'made@example.com' }],
      ['/api/v1/users', write, { name: 'x', email: 'made@example.com', role: 'admin', password: PASSWORD }],
      [`/api/v1/users/${account}/invitation`, write, {}],
    ] as const)
      expect((await send('POST', path, token, body)).status, path).toBe(403);
    for (const body of [{ role: 'operator' }, { role: 'admin' }, { status: 'active' }])
      expect((await send('PATCH', `/api/v1/users/${account}`, write, body)).status, JSON.stringify(body)).toBe(403);
    expect((await send('PATCH', `/api/v1/users/${account}`, write, { name: 'CI' })).status).toBe(200);
    expect((await send('GET', '/v1/sessions', none)).status).toBe(403);
    const wrong = await provider.sign({ sub: 'ci', aud: 'another service', scope: 'csp:write' });
    expect((await send('GET', '/v1/sessions', wrong)).status).toBe(401);
    expect((await fetch(`${server.url}/v1/sessions?token=${write}`)).status).toBe(401);
  });

  it('ends what it opened, when it expires', async () => {
    const { socket, stream } = await holdOpen(await sign('csp:write', { expiresAt: Date.now() / 1000 + 2 }));
    expect(await socket.closed).toBe(4003);
    expect(await stream).toEqual(ended);
  });

  it('ends what it opened, when its account is locked', async () => {
    const token = await sign('csp:write');
    const { socket, stream } = await holdOpen(token);
    await change('PATCH', `/api/v1/users/${account}`, { status: 'locked' });
    expect(await socket.closed).toBe(4003);
    expect(await stream).toEqual(ended);
    expect((await send('GET', '/v1/sessions', token)).status).toBe(401);
  });
});
