import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import Anthropic from '@anthropic-ai/sdk';
import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Fact } from '../src/audit/fact.ts';
import type { Actor } from '../src/identity/actor.ts';
import { createOutgoingFetch } from '../src/lib/outgoing-fetch.ts';
import { createMcpSignIns } from '../src/mcp-sign-ins/mcp-sign-ins.ts';
import { createKeyring } from '../src/secrets/keyring.ts';
import { openStore } from '../src/store/open-store.ts';
import { createTestBrowser } from './support/browse.ts';
import { openChat } from './support/chat.ts';
import { startAuthorizationServer, startProtectedMcp } from './support/oauth-mcp.ts';
import { useStage } from './support/use-stage.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const authorization = stack.use(await startAuthorizationServer());
const docs = stack.use(await startProtectedMcp(authorization));
const { server } = await useStage(
  [
    { match: { userText: 'echo' }, reply: [useTool('mcp__docs__echo', {}), say('Echoed.')] },
    { reply: [say('Hello.')] },
  ],
  { CLAUDE_SDK_PATTERN_MCP_ORIGINS: authorization.issuer },
);
afterEach(() => {
  authorization.intercept = undefined;
  docs.metadata = {};
  docs.neededScope = undefined;
});

type Headers = Record<string, string>;
const admin: Headers = { 'x-api-key': server.apiKey };

async function ask<T = Record<string, unknown>>(headers: Headers, request: string, body?: object) {
  const [method = '', path = ''] = request.split(' ');
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as T, text, headers: response.headers };
}

interface Person {
  id: string;
  key: string;
  cookie: Headers;
}

async function signIn(name: string): Promise<Headers> {
  const { headers } = await ask({ origin: server.url }, 'POST /api/v1/sign-in', {
    ...{ email: `${name}@example.com`, password: 'correct horse battery' },
  });
  const cookie = headers.getSetCookie().map((each) => each.split(';')[0]);
  return { cookie: cookie.join('; '), origin: server.url };
}

async function createPerson(name: string): Promise<Person> {
  const account = { email: `${name}@example.com`, name, password: 'correct horse battery' };
  const { json } = await ask<{ id: string }>(admin, 'POST /api/v1/users', account);
  const made = await ask<{ key: string }>(admin, `POST /api/v1/users/${json.id}/api-keys`, { name: 'test' });
  return { id: json.id, key: made.json.key, cookie: await signIn(name) };
}

/** Goes to the authorization server and back; what it adds to the redirect URI. */
async function authorize(url: string): Promise<Record<string, string>> {
  const ended = await createTestBrowser().open(url, ({ pathname }) => pathname.startsWith('/mcp-sign-in/'));
  expect(ended.url.origin).toBe(server.url);
  return { issuer_key: ended.url.pathname.split('/')[2] ?? '', ...Object.fromEntries(ended.url.searchParams) };
}

const begin = (headers: Headers, body: object = { server_url: docs.url }) =>
  ask<{ authorization_url: string }>(headers, 'POST /api/v1/mcp-sign-ins', body);
const finish = (headers: Headers, answer: object) =>
  ask<{ sign_in: McpSignInResource; return_to: string }>(headers, 'POST /api/v1/mcp-sign-ins/finish', answer);
const listSignIns = async (headers: Headers) =>
  (await ask<{ data: McpSignInResource[] }>(headers, 'GET /api/v1/mcp-sign-ins')).json.data;

async function signInToDocs(headers: Headers, body?: object) {
  const { json } = await begin(headers, body);
  return finish(headers, await authorize(json.authorization_url));
}

let ada: Person;
let bob: Person;
beforeAll(async () => {
  [ada, bob] = await Promise.all([createPerson('ada'), createPerson('bob')]);
});

const CSP = join(import.meta.dirname, '../../cli/bin/csp.mjs');

it('is begun, listed and ended by csp sign-ins, by an address that a browser opens', async () => {
  const env = { ...process.env, CLAUDE_SDK_PATTERN_API_KEY: bob.key };
  const csp = async (...args: string[]) => {
    const line = [CSP, 'sign-ins', ...args, '--url', server.url];
    return (await promisify(execFile)(process.execPath, line, { env })).stdout.trim();
  };
  const begun = await csp('begin', docs.url);
  expect(begun).toContain(`${authorization.issuer} will let the platform use ${docs.url}. Open this by 2`);
  const { status } = await finish(bob.cookie, await authorize(begun.split('\n').at(-1) ?? ''));
  expect(status).toBe(200);
  const [found] = (JSON.parse(await csp('list', '--json')) as { data: McpSignInResource[] }).data;
  expect(found).toMatchObject({ server_url: docs.url, status: 'signed_in', scope: 'user' });
  expect(await csp('remove', found?.id ?? '')).toBe(`Signed out: ${found?.id}.`);
  expect(await listSignIns({ 'x-api-key': bob.key })).toEqual([]);
});

describe('a session whose MCP server wants a sign-in', () => {
  it('says so, gets the tools once its owner has signed in, and says when that has ended', async () => {
    const { agents } = new Anthropic({ baseURL: server.url, apiKey: ada.key, maxRetries: 0 }).beta;
    const agent = await agents.create({
      ...{ name: 'Reader', model: 'opus', mcp_servers: [{ type: 'url', name: 'docs', url: docs.url }] },
      tools: [
        {
          ...{ type: 'mcp_toolset', mcp_server_name: 'docs' },
          default_config: { permission_policy: { type: 'always_allow' } },
        },
      ],
    });
    await using chat = await openChat({ url: server.url, apiKey: ada.key }, { session: { agent: agent.id } });
    const notices = () => chat.eventsOf('session.notice').filter((notice) => notice.sign_in !== undefined);
    const waitForNotice = (count: number) => until(`notice ${count}`, () => notices().length >= count);
    await chat.say('hello');
    await waitForNotice(1);
    expect(notices()[0]).toMatchObject({
      ...{ level: 'warning', text: expect.stringContaining('docs needs a sign-in: nobody has signed in yet') },
      sign_in: { state: 'needed', server_name: 'docs', server_url: docs.url, plugin: null },
    });
    await chat.waitForTurns(1);

    const { json } = await begin(ada.cookie, { server_url: docs.url, return_to: `/sessions/${chat.sessionId}` });
    const { searchParams } = new URL(json.authorization_url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...{ code_challenge_method: 'S256', resource: docs.url, scope: 'tools:read offline_access' },
    });
    const ended = await finish(ada.cookie, await authorize(json.authorization_url));
    expect(ended.json).toMatchObject({
      ...{ return_to: `/sessions/${chat.sessionId}` },
      sign_in: { scope: 'user', server_url: docs.url, issuer: authorization.issuer, status: 'signed_in', renews: true },
    });
    await waitForNotice(2);
    expect(notices()[1]).toMatchObject({ level: 'info', sign_in: { state: 'done' } });
    await chat.say('echo');
    await chat.waitForTurns(2);
    expect(docs.calls).toHaveLength(1);

    // The next call needs one more permission, which the sign-in is made again for.
    docs.neededScope = 'tools:write';
    await chat.say('echo');
    await waitForNotice(3);
    await chat.waitForTurns(3);
    expect(notices()[2]?.text).toContain('lacks a permission');
    const more = await begin(ada.cookie);
    expect(new URL(more.json.authorization_url).searchParams.get('scope')).toBe(
      'tools:read offline_access tools:write',
    );
    expect(await listSignIns(ada.cookie)).toMatchObject([{ status: 'signed_in' }]);
    docs.neededScope = undefined;
    await chat.say('echo');
    await chat.waitForTurns(4);
    expect(docs.calls, 'of those that need no more').toHaveLength(2);
    docs.neededScope = 'tools:write';
    await finish(ada.cookie, await authorize(more.json.authorization_url));
    await waitForNotice(4);
    await chat.say('echo');
    await chat.waitForTurns(5);
    expect(docs.calls).toHaveLength(3);

    // The authorization server withdraws both tokens.
    for (const token of docs.tokens) await (await authorization.provider.AccessToken.find(token))?.destroy();
    authorization.intercept = ({ url }, response) => {
      if (url !== '/token') return false;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    await chat.say('echo');
    await waitForNotice(5);
    await chat.waitForTurns(6);
    expect(notices()[4]?.text).toContain('your sign-in has ended');
    expect(await listSignIns(ada.cookie)).toMatchObject([{ status: 'needs_sign_in', renews: false }]);

    const audit = await ask<{ data: { action: string; outcome: string }[] }>(admin, 'GET /api/v1/audit?limit=100');
    const facts = audit.json.data.filter(({ action }) => action.startsWith('mcp_sign_in.'));
    // Newest first: those of the tests before stand behind them.
    expect(facts.slice(0, 3).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      ...['mcp_sign_in.renew failure', 'mcp_sign_in.create success', 'mcp_sign_in.create success'],
    ]);
    const told = `${JSON.stringify(chat.events)}${audit.text}${JSON.stringify(ended.json)}${server.logs}`;
    expect(docs.tokens.size).toBeGreaterThan(1);
    for (const token of docs.tokens) expect(told).not.toContain(token);
  });
});

describe('a sign-in', () => {
  it('is ended by who began it, in the browser where it was begun, once', async () => {
    const url = (await begin(bob.cookie)).json.authorization_url;
    const answer = await authorize(url);
    expect((await finish(ada.cookie, answer)).status, 'another user').toBe(400);
    expect((await finish({ 'x-api-key': bob.key }, answer)).status, 'no browser').toBe(401);
    expect((await finish(bob.cookie, answer)).status).toBe(200);
    expect((await finish(bob.cookie, answer)).status, 'once more').toBe(400);

    const other = await authorize((await begin(bob.cookie)).json.authorization_url);
    expect((await finish(await signIn('bob'), other)).status, 'another browser').toBe(400);
    expect((await finish(bob.cookie, other)).status, 'after that').toBe(400);
    const program = await authorize((await begin({ 'x-api-key': bob.key })).json.authorization_url);
    expect((await finish(bob.cookie, program)).status, 'begun by a program').toBe(200);
  });

  it('takes no answer of another issuer, and tells what the person was refused', async () => {
    const answer = await authorize((await begin(bob.cookie)).json.authorization_url);
    expect((await finish(bob.cookie, { ...answer, iss: 'https://other.example' })).status).toBe(400);
    const { iss: _, ...unnamed } = await authorize((await begin(bob.cookie)).json.authorization_url);
    expect((await finish(bob.cookie, unnamed)).status).toBe(400);
    const elsewhere = await authorize((await begin(bob.cookie)).json.authorization_url);
    expect((await finish(bob.cookie, { ...elsewhere, issuer_key: '0'.repeat(40) })).status).toBe(400);
    const { issuer_key, state = '', iss = '' } = await authorize((await begin(bob.cookie)).json.authorization_url);
    const refused = await finish(bob.cookie, { issuer_key, state, iss, error: 'access_denied' });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('access was denied')]);
  });

  it.each([
    ['names another resource', { resource: 'https://other.example/mcp' }, 'another resource'],
    ['leads into the network', { authorization_servers: ['http://127.0.0.2:9/'] }, 'may not be reached'],
  ])('is not begun where the metadata of the server %s', async (_, metadata, why) => {
    docs.metadata = metadata;
    expect((await begin(bob.cookie)).text).toContain(why);
  });

  it.each([
    ['another issuer', { issuer: 'https://other.example' }, 'describes itself as another one'],
    ['no PKCE', { code_challenge_methods_supported: undefined }, 'does not offer PKCE'],
    ['no safe page', { authorization_endpoint: 'http://other.example/' }, 'is not on https'],
    [
      'somebody else’s page for people',
      { authorization_endpoint: 'https://other.example/', authorization_response_iss_parameter_supported: undefined },
      'signs people in on a page of another server',
    ],
    ['no way to register', { registration_endpoint: undefined }, 'An operator registers'],
    ['a page of its own for tokens', { token_endpoint: 'http://127.0.0.2:9/' }, 'did not exchange'],
  ])('is refused where the authorization server has %s', async (what, changed, why) => {
    const real = await fetch(`${authorization.issuer}/.well-known/openid-configuration`);
    const metadata = JSON.stringify({ ...((await real.json()) as object), ...changed });
    authorization.intercept = ({ url }, response) => {
      if (url?.startsWith('/.well-known/') === true)
        response.setHeader('content-type', 'application/json').end(metadata);
      return response.writableEnded;
    };
    // The platform has registered already.
    if (what === 'no way to register') await ask(admin, `DELETE /api/v1/mcp-clients?issuer=${authorization.issuer}`);
    const begun = await begin(bob.cookie);
    const isLate = what.startsWith('a page');
    const refused = isLate ? await finish(bob.cookie, await authorize(begun.json.authorization_url)) : begun;
    expect(refused.text).toContain(why);
  });

  it('is not begun as the client that the platform is at another authorization server', async () => {
    const { json } = await begin(bob.cookie);
    const known = new URL(json.authorization_url);
    expect(known.searchParams.get('redirect_uri')).toMatch(/\/mcp-sign-in\/[0-9a-f]{40}$/);
    const issuer = `${authorization.issuer}/other`;
    docs.metadata = { authorization_servers: [issuer] };
    authorization.intercept = ({ url }, response) => {
      const answers: Record<string, object> = {
        '/.well-known/oauth-authorization-server/other': {
          ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
          ...{ registration_endpoint: `${issuer}/register`, response_types_supported: ['code'] },
          code_challenge_methods_supported: ['S256'],
        },
        '/other/register': {
          ...{ redirect_uris: [`${server.url}/`], client_id: known.searchParams.get('client_id') },
        },
      };
      const found = answers[url ?? ''];
      if (found === undefined) return false;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(found));
      return true;
    };
    expect((await begin(bob.cookie)).text).toContain('that it has at another authorization server');
  });

  it('is made as the client that an operator has set, for the platform by operators alone', async () => {
    const client = {
      ...{ issuer: authorization.issuer, client_id: 'set-by-hand', client_secret: 'a secret of the client' },
      server_origins: ['https://mcp.example.com'],
    };
    expect((await ask(ada.cookie, 'PUT /api/v1/mcp-clients', client)).status).toBe(403);
    expect((await ask(admin, 'PUT /api/v1/mcp-clients', client)).status).toBe(204);
    expect((await begin(ada.cookie)).text).toContain('does not serve');
    await ask(admin, 'PUT /api/v1/mcp-clients', { ...client, server_origins: [docs.url] });
    const { text } = await ask(admin, 'GET /api/v1/mcp-clients');
    expect(text).toContain('"has_secret":true');
    expect(text).not.toContain(client.client_secret);
    const { json } = await begin(ada.cookie);
    expect(json).toMatchObject({ issuer: authorization.issuer, server_url: docs.url });
    expect(new URL(json.authorization_url).searchParams.get('client_id')).toBe('set-by-hand');
    await ask(admin, `DELETE /api/v1/mcp-clients?issuer=${authorization.issuer}`);
    const ofPlatform = { server_url: docs.url, scope: 'platform' };
    expect((await begin(ada.cookie, ofPlatform)).status).toBe(403);
    expect((await begin(admin, ofPlatform)).status).toBe(200);
    expect((await begin(ada.cookie, { server_url: 'http://mcp.example.com/' })).text).toContain('not https');
  });

  it('ends with a sign-out and with the account, at the authorization server as well', async () => {
    const cy = await createPerson('cy');
    const { json } = await signInToDocs(cy.cookie);
    const before = authorization.revocations.length;
    const remove = () => ask(cy.cookie, `DELETE /api/v1/mcp-sign-ins/${json.sign_in.id}`);
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect(await listSignIns(cy.cookie)).toEqual([]);
    await signInToDocs(cy.cookie);
    expect((await ask(admin, `DELETE /api/v1/users/${cy.id}`)).status).toBe(204);
    expect(authorization.revocations.length - before).toBe(2);
  });
});

describe('a token that ends', () => {
  it('is renewed once for ten sessions on two servers, and later not while it is good', async () => {
    await using store = await openStore({ url: 'sqlite::memory:' });
    const facts: Fact[] = [];
    const outgoing = createOutgoingFetch({ allowedOrigins: [authorization.issuer] });
    let now = Date.now();
    let isLocked = false;
    const assertActive = async () => {
      if (isLocked) throw new Error('locked');
    };
    const assertAllowed = () => Promise.resolve();
    const openSignIns = () =>
      createMcpSignIns({
        ...{ store, keyring: createKeyring('a secrets key of this test, and of no other'), outgoing },
        audit: { record: async (fact) => void facts.push(fact) },
        ...{ inUse: { note: () => undefined }, plugins: { current: [] }, logger: { warn: () => undefined } },
        ...{
          allowedOrigins: [authorization.issuer],
          isLimited: false,
          publicUrl: undefined,
          assertActive,
          now: () => now,
        },
      });
    const servers = [openSignIns(), openSignIns()] as const;
    const actor = { userId: 'user_a', role: 'user', scopes: ['read', 'write'], via: 'api_key' } as unknown as Actor;
    const { authorizationUrl } = await servers[0].begin(actor, {
      ...{ server: { url: docs.url }, scope: 'user', baseUrl: server.url, returnTo: '/' },
    });
    const { issuer_key: issuerKey = '', state = '', code, iss } = await authorize(authorizationUrl);
    await servers[1].finish(actor, { issuerKey, state, code, iss }, assertAllowed);

    const find = (index: number) =>
      servers[index % 2 === 0 ? 0 : 1].authorization.find(
        { name: 'docs', url: docs.url },
        { agentSessionId: `session ${index}`, userId: 'user_a' },
      );
    const first = (await find(0))?.header;
    const count = () => authorization.grants.filter((grant) => grant === 'refresh_token').length;
    const before = count();
    now += 3600 * 1000;
    const sent = await Promise.all(Array.from({ length: 10 }, (_, index) => find(index)));
    expect(count() - before).toBe(1);
    const headers = new Set(sent.map((each) => each?.header));
    expect([headers.size, headers.has(first)]).toEqual([1, false]);
    await find(0);
    // Refused while it seems good: all of them have the same one renewed.
    const renewed = await Promise.all(sent.map(async (each) => each?.renew(undefined)));
    expect([count() - before, new Set(renewed).size]).toEqual([2, 1]);
    expect(await servers[0].authorization.find({ name: 'docs', url: docs.url }, { agentSessionId: 'spare' })).toBe(
      undefined,
    );

    // Locked while the token endpoint was waited for: the new token is withdrawn.
    const again = await servers[0].begin(actor, {
      ...{ server: { url: docs.url }, scope: 'user', baseUrl: server.url, returnTo: '/' },
    });
    const late = await authorize(again.authorizationUrl);
    const { issuer_key: lateKey = '', state: lateState = '' } = late;
    isLocked = true;
    const revoked = authorization.revocations.length;
    const answer = { issuerKey: lateKey, state: lateState, code: late['code'], iss: late['iss'] };
    await expect(servers[0].finish(actor, answer, assertAllowed)).rejects.toThrow('locked');
    expect(authorization.revocations.length - revoked).toBe(1);
    for (let begun = 1; begun < 30; begun += 1)
      await servers[0]
        .begin(actor, { server: { url: 'https://127.0.0.1:1/' }, scope: 'user', baseUrl: '', returnTo: '/' })
        .catch(() => undefined);
    const tooMany = servers[0].begin(actor, { server: { url: docs.url }, scope: 'user', baseUrl: '', returnTo: '/' });
    await expect(tooMany).rejects.toMatchObject({ code: 'rate_limited' });
    await outgoing.close();
  });
});
