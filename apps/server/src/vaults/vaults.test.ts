import { credentialCreateParams } from '@claude-sdk-pattern/protocol/v1';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import type { Fact } from '../audit/fact.ts';
import { createMcpAuthorization } from '../definitions/mcp-authorization.ts';
import type { Actor } from '../identity/actor.ts';
import { startRotatingEndpoint, startTokenEndpoint } from '../mcp-oauth/fixtures/token-endpoint.ts';
import { createKeyring } from '../secrets/keyring.ts';
import { SecretsInUse } from '../secrets/secrets-in-use.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { openVaults } from './open-vaults.ts';
import type { ProbeOutcome } from './validate-credential.ts';

const ada = { userId: 'user_a', role: 'user', scopes: ['read', 'write'] } as unknown as Actor;
const eve = { userId: 'user_e', role: 'admin', scopes: ['read', 'write'] } as unknown as Actor;
const server = { name: 'docs', url: 'https://mcp.example/mcp' };

async function openParts({
  probe = (): ProbeOutcome => ({ state: 'ok' }),
}: { probe?: (authorization: string) => ProbeOutcome } = {}) {
  const store = await openStore({ url: 'sqlite::memory:' });
  const facts: Fact[] = [];
  const inUse = new SecretsInUse();
  const clock = { nowMs: Date.now(), now: () => clock.nowMs };
  /** One server of the deployment. */
  const openServer = (of: Store = store) =>
    openVaults({
      ...{ store: of, clock, inUse, keyring: createKeyring('the secrets key of this deployment') },
      audit: { record: async (fact: Fact) => void facts.push(fact) },
      assertActive: () => Promise.resolve(),
      probe: (_, authorization) => Promise.resolve(probe(authorization)),
      logger: { error: () => undefined },
    });
  const vaults = openServer();
  const { id: vaultId } = await vaults.book.create(ada, { display_name: 'Ada' });
  const context = { agentSessionId: 'session', userId: 'user_a', agentId: 'agent_1', vaultIds: [vaultId] };
  const keepBearer = (token: string, url = server.url, into = vaultId) =>
    vaults.credentials.create(ada, into, { auth: { type: 'static_bearer', mcp_server_url: url, token } });
  const keepOauth = (token_endpoint: string, expiresInMs?: number) =>
    vaults.credentials.create(ada, vaultId, {
      auth: {
        ...{ type: 'mcp_oauth', mcp_server_url: server.url, access_token: 'access-0' },
        ...(expiresInMs !== undefined && { expires_at: new Date(clock.nowMs + expiresInMs).toISOString() }),
        refresh: {
          ...{ client_id: 'client', refresh_token: 'refresh-0', token_endpoint },
          token_endpoint_auth: { type: 'client_secret_post', client_secret: 'client secret' },
        },
      },
    });
  const find = async (url = server.url, more: object = {}) =>
    (await vaults.authorization.find({ ...server, url }, { ...context, ...more }))?.header;
  return {
    ...{ store, facts, inUse, clock, vaults, vaultId, context, openServer, keepBearer, keepOauth, find },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

it('gives a credential to the server of its URL, and to no other', async () => {
  await using parts = await openParts();
  await parts.keepBearer('the token');
  const urls = ['https://MCP.example:443/mcp/', 'https://mcp.example/mcp#x'];
  expect(await Promise.all(urls.map((url) => parts.find(url)))).toEqual(['Bearer the token', 'Bearer the token']);
  const others = [
    'http://mcp.example/mcp',
    'https://mcp.example/mcp2',
    'https://mcp.example:8443/mcp',
    'https://mcp.example',
  ];
  others.push(
    'https://mcp.example/mcp?a=1',
    'https://mcp.example.evil.example/mcp',
    'https://mcp.example@evil.example/mcp',
  );
  expect(await Promise.all(others.map((url) => parts.find(url)))).toEqual(others.map(() => undefined));
  expect(parts.inUse.maskOf('session', 'so the token it is')).toMatch(/^so \[hidden: vcrd_\w+\] it is$/);
  const uses = parts.facts.filter(({ action }) => action === 'vault_credential.use');
  expect(uses).toMatchObject([{ details: { server: 'https://mcp.example', user_id: 'user_a' } }]);
  expect(JSON.stringify(parts.facts)).not.toContain('the token');
});

it('takes the first vault that has one, and only vaults of the owner that are in use', async () => {
  await using parts = await openParts();
  const { vaults, vaultId, find } = parts;
  const { id: second } = await vaults.book.create(ada, { display_name: 'Second' });
  await parts.keepBearer('first-token');
  const { id: credentialId } = await parts.keepBearer('second-token', server.url, second);
  expect(await find(server.url, { vaultIds: [second, vaultId] })).toBe('Bearer second-token');
  expect(await find(server.url, { userId: eve.userId }), 'of a session that is somebody else’s now').toBeUndefined();
  expect(await find(server.url, { userId: undefined }), 'of a process that is nobody’s yet').toBeUndefined();
  await vaults.credentials.archive(ada, { vaultId: second, id: credentialId });
  expect(await find(server.url, { vaultIds: [second, vaultId] })).toBe('Bearer first-token');
  await vaults.book.archive(ada, vaultId);
  expect(await find()).toBeUndefined();
  expect(await parts.store.secrets.list({ scope: 'vault', ownerId: vaultId })).toEqual([]);
  await vaults.book.removeAll(ada.userId);
  expect([await parts.store.vaults.count(ada.userId), await parts.store.vaultCredentials.count(second)]).toEqual([
    0, 0,
  ]);
});

it('keeps no two credentials for one server, and lets nobody else see or change any', async () => {
  await using parts = await openParts();
  const { vaults, vaultId, keepBearer } = parts;
  const { id } = await keepBearer('the token');
  await expect(keepBearer('other token', `${server.url}/`)).rejects.toMatchObject({ code: 'state_conflict' });
  await vaults.credentials.archive(ada, { vaultId, id });
  const { id: next } = await keepBearer('other token');
  const path = { vaultId, id: next };
  const of = vaults.credentials;
  const attempts = [of.get(eve, path), of.update(eve, path, {}), of.archive(eve, path), of.delete(eve, path)];
  attempts.push(
    of.validate(eve, path) as never,
    of.get(ada, { vaultId: 'vlt_other', id: next }),
    vaults.book.get(eve, vaultId) as never,
  );
  const errors = await Promise.allSettled(attempts);
  expect(errors.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : ''))).toEqual(
    attempts.map(() => 'not_found'),
  );
  const token = { type: 'mcp_oauth', access_token: 'x' } as const;
  await expect(of.update(ada, path, { auth: token })).rejects.toThrow(/auth.type: is static_bearer/);
  await expect(of.update(ada, { vaultId, id }, {})).rejects.toThrow(/is archived/);
  await expect(parts.keepOauth('https://issuer.example/token', -1)).rejects.toThrow(/in the future/);
});

it('refreshes once for all that were refused, on two servers, and keeps the refresh token that came', async () => {
  await using parts = await openParts();
  const { promise, resolve } = Promise.withResolvers<void>();
  await using endpoint = await startRotatingEndpoint({ delayUntil: promise });
  const { id } = await parts.keepOauth(endpoint.url);
  const kept = await Promise.all(
    [parts.vaults, parts.openServer(), parts.vaults].map(({ authorization }) =>
      authorization.find(server, parts.context),
    ),
  );
  expect(kept.map((each) => each?.header)).toEqual(Array(3).fill('Bearer access-0'));
  const renewing = Promise.all(kept.map(async (each) => each?.renew(undefined)));
  await until('the endpoint is asked', () => endpoint.requests.length > 0);
  resolve();
  expect(await renewing).toEqual(Array(3).fill('Bearer access-1'));
  expect(endpoint.requests).toHaveLength(1);
  expect(endpoint.requests[0]?.form.get('client_secret')).toBe('client secret');
  const path = { vaultId: parts.vaultId, id };
  const { auth } = await parts.vaults.credentials.get(ada, path);
  expect(auth).toMatchObject({ expires_at: new Date(parts.clock.nowMs + 3_600_000).toISOString() });

  // Shortly before its end it is renewed without a refusal, with the refresh token that came.
  parts.clock.nowMs += 3_590_000;
  expect(await parts.find()).toBe('Bearer access-2');
  expect(await parts.find()).toBe('Bearer access-2');
  expect(endpoint.requests).toHaveLength(2);
});

it('stores what came although somebody changed the credential meanwhile, and the database was away', async () => {
  await using parts = await openParts();
  const { promise, resolve } = Promise.withResolvers<void>();
  await using endpoint = await startRotatingEndpoint({ delayUntil: promise });
  const { id } = await parts.keepOauth(endpoint.url);
  let failures = 2;
  const flaky: Store = {
    ...parts.store,
    transaction: (...given) =>
      failures-- > 0 ? Promise.reject(new Error('The database is away')) : parts.store.transaction(...given),
  };
  const kept = await parts.openServer(flaky).authorization.find(server, parts.context);
  const renewing = kept?.renew(undefined);
  await until('the endpoint is asked', () => endpoint.requests.length > 0);
  const auth = { type: 'mcp_oauth', access_token: 'set-by-ada' } as const;
  await parts.vaults.credentials.update(ada, { vaultId: parts.vaultId, id }, { auth, display_name: 'New' });
  resolve();
  expect(await renewing, 'what a person has set stays').toBe('Bearer set-by-ada');
  const again = await parts.vaults.authorization.find(server, parts.context);
  expect(await again?.renew(undefined), 'with the refresh token that had come').toBe('Bearer access-2');
});

it('leaves a token endpoint alone that refuses, until there is another token', async () => {
  await using parts = await openParts();
  await using endpoint = await startTokenEndpoint(() => ({ status: 400, body: '{"error":"invalid_grant"}' }));
  const { id } = await parts.keepOauth(endpoint.url);
  const renew = async () => (await parts.vaults.authorization.find(server, parts.context))?.renew(undefined);
  expect([await renew(), await renew()]).toEqual([undefined, undefined]);
  expect(endpoint.requests).toHaveLength(1);
  const auth = { type: 'mcp_oauth', access_token: 'access-9' } as const;
  await parts.vaults.credentials.update(ada, { vaultId: parts.vaultId, id }, { auth });
  expect([await parts.find(), await renew()]).toEqual(['Bearer access-9', undefined]);
  expect(endpoint.requests).toHaveLength(2);
});

it('tries a credential at its server, once more after a refresh, and repeats no body but an error of OAuth', async () => {
  const refusal: ProbeOutcome = { state: 'failed', method: 'initialize', answer: { status: 401, contentType: 'a/b' } };
  const probe = (authorization: string): ProbeOutcome =>
    authorization === 'Bearer access-1' ? { state: 'ok' } : refusal;
  await using parts = await openParts({ probe });
  await using endpoint = await startRotatingEndpoint();
  const { id } = await parts.keepOauth(endpoint.url);
  const path = { vaultId: parts.vaultId, id };
  const validate = () => parts.vaults.credentials.validate(ada, path);
  const valid = { status: 'valid', mcp_probe: null };
  expect(await validate()).toMatchObject({ ...valid, refresh: { status: 'succeeded', http_response: null } });
  expect(await validate()).toMatchObject({ ...valid, refresh: null });
  const auth = { type: 'mcp_oauth', access_token: 'other', refresh: { refresh_token: 'spent' } } as const;
  await parts.vaults.credentials.update(ada, path, { auth });
  const body = '{"error":"invalid_grant"}';
  expect(await validate()).toMatchObject({
    status: 'invalid',
    mcp_probe: { method: 'initialize', http_response: { status_code: 401, body: '' } },
    refresh: { status: 'failed', http_response: { status_code: 400, body } },
  });
});

it('shows no secret that the authorization server repeats in what it says of it', async () => {
  await using parts = await openParts({
    probe: () => ({ state: 'failed', method: 'initialize', answer: { status: 401, contentType: 'a/b' } }),
  });
  await using endpoint = await startTokenEndpoint((form) => ({
    status: 400,
    body: JSON.stringify({ error: 'invalid_grant', error_description: `no such token: ${form.get('refresh_token')}` }),
  }));
  const { id } = await parts.keepOauth(endpoint.url);
  const { refresh } = await parts.vaults.credentials.validate(ada, { vaultId: parts.vaultId, id });
  const body = JSON.stringify({ error: 'invalid_grant', error_description: 'no such token: [hidden]' });
  expect(refresh?.http_response?.body).toBe(body);
});

it('sends nothing in sessions of an account that is locked', async () => {
  await using parts = await openParts();
  await parts.keepBearer('the token');
  const active = new Set(['user_a']);
  const authorization = createMcpAuthorization([parts.vaults.authorization], async (userId) => active.has(userId));
  expect((await authorization.find(server, parts.context))?.header).toBe('Bearer the token');
  active.clear();
  expect(await authorization.find(server, parts.context)).toBe(undefined);
});

it.each(['https://ada:pw@mcp.example/', 'HTTPS://ada:pw@mcp.example/', 'https:\\\\ada@mcp.example/'])(
  'takes no name and password in a URL: %s',
  (url) => {
    const parse = (mcp_server_url: string) =>
      credentialCreateParams.safeParse({ auth: { type: 'static_bearer', mcp_server_url, token: 'token' } }).success;
    expect([parse('HTTPS://mcp.example/'), parse(url)]).toEqual([true, false]);
  },
);
