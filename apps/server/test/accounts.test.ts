import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';

import { say } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';

import { loadConfig } from '../src/config/load-config.ts';
import { verifyAudit } from '../src/verify-audit.ts';
import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage([
  { match: { userText: 'and now' }, reply: [say('Hello again.')] },
  { reply: [say('Hello.')] },
]);
const PASSWORD = 'correct horse battery';

interface Account {
  id: string;
  key: string;
}

async function ask(method: string, path: string, options: { key?: string | null; body?: unknown } = {}) {
  const { key = server.apiKey, body } = options;
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(key !== null && { 'x-api-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    setCookies: response.headers.getSetCookie(),
    json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

async function createAccount(name: string, role?: string): Promise<Account> {
  const body = { email: `${name}@example.com`, name, password: PASSWORD, ...(role && { role }) };
  const id = String((await ask('POST', '/api/v1/users', { body })).json['id']);
  const made = await ask('POST', `/api/v1/users/${id}/api-keys`, { body: { name: 'test' } });
  return { id, key: String(made.json['key']) };
}

const conflict = { error: { type: 'invalid_request_error' } };
const refused = { error: { type: 'permission_error' } };

describe('/api/v1/users', () => {
  it('answers an account as it is, and refuses what makes none', async () => {
    const body = { email: 'Ada@Example.com', name: ' Ada ', role: 'operator', password: PASSWORD };
    const made = await ask('POST', '/api/v1/users', { body });
    expect(made).toMatchObject({ status: 201 });
    expect(made.json).toEqual({
      type: 'user',
      id: expect.stringMatching(/^user_/),
      email: 'ada@example.com',
      name: 'Ada',
      role: 'operator',
      status: 'active',
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      invited_until: null,
    });
    const path = `/api/v1/users/${String(made.json['id'])}`;
    expect(await ask('GET', path)).toMatchObject({ status: 200, json: made.json });
    expect(await ask('POST', '/api/v1/users', { body })).toMatchObject({ status: 409, json: conflict });
    for (const wrong of [
      { email: 'none', name: 'x' },
      { email: 'a@example.com', name: ' ' },
      { email: 'a@example.com', name: 'x', role: 'root' },
      { email: 'a@example.com', name: 'x', password: 'too short' },
      { email: 'a@example.com', name: 'x', status: 'locked' },
    ])
      expect(await ask('POST', '/api/v1/users', { body: wrong })).toMatchObject({ status: 400, json: conflict });
    expect(await ask('PATCH', path, { body: { role: 'root' } })).toMatchObject({ status: 400 });
    expect(await ask('PATCH', path, { body: { name: 'Ada L.', role: 'user', status: 'locked' } })).toMatchObject({
      status: 200,
      json: { name: 'Ada L.', role: 'user', status: 'locked' },
    });
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect(
        await ask(method, '/api/v1/users/user_none', method === 'PATCH' ? { body: { name: 'x' } } : {}),
      ).toMatchObject({ status: 404, json: { error: { type: 'not_found_error' } } });
  });

  it('pages the list', async () => {
    const first = await ask('GET', '/api/v1/users?limit=1');
    const page = String(first.json['next_page']);
    const second = await ask('GET', `/api/v1/users?limit=1&page=${page}`);
    const [one, two] = [first, second].map(({ json }) => (json['data'] as { id: string }[])[0]?.id);
    expect(one).toBeTruthy();
    expect(two).toBeTruthy();
    expect(one).not.toBe(two);
  });

  it('lets operators read, and nobody but administrators change', async () => {
    const operator = await createAccount('reading-operator', 'operator');
    const user = await createAccount('plain-user');
    const path = `/api/v1/users/${user.id}`;
    for (const [method, where, body] of [
      ['POST', '/api/v1/users', { email: 'x@example.com', name: 'x' }],
      ['PATCH', path, { role: 'admin' }],
      ['DELETE', path, undefined],
      ['POST', `${path}/api-keys`, { name: 'x' }],
      ['POST', `${path}/invitation`, undefined],
    ] as const) {
      for (const { key } of [operator, user])
        expect(await ask(method, where, { key, body })).toMatchObject({ status: 403, json: refused });
      expect(await ask(method, where, { key: null, body })).toMatchObject({ status: 401 });
    }
    for (const where of ['/api/v1/users', path, `${path}/api-keys`]) {
      expect(await ask('GET', where, operator)).toMatchObject({ status: 200 });
      expect(await ask('GET', where, user)).toMatchObject({ status: 403, json: refused });
    }
  });

  it('neither locks, demotes nor deletes the last active administrator', async () => {
    const { data } = (await ask('GET', '/api/v1/users')).json as { data: { id: string; role: string }[] };
    const id = data.find(({ role }) => role === 'admin')?.id ?? '';
    for (const body of [{ role: 'user' }, { status: 'locked' }])
      expect(await ask('PATCH', `/api/v1/users/${id}`, { body })).toMatchObject({ status: 409, json: conflict });
    expect(await ask('DELETE', `/api/v1/users/${id}`)).toMatchObject({ status: 409, json: conflict });
    expect(await ask('GET', `/api/v1/users/${id}`)).toMatchObject({ json: { role: 'admin', status: 'active' } });
  });

  it('makes keys for an account, with an end and with scopes, and revokes them', async () => {
    const user = await createAccount('keyed');
    const path = `/api/v1/users/${user.id}/api-keys`;
    const body = { name: 'reader', expires_in_days: 1, scopes: ['read'] };
    const made = await ask('POST', path, { body });
    expect(made.json).toMatchObject({ name: 'reader', scopes: ['read'], key: expect.stringMatching(/^csp_/) });
    expect(Date.parse(String(made.json['expires_at'])) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    const key = String(made.json['key']);
    expect(await ask('GET', '/v1/sessions', { key })).toMatchObject({ status: 200 });
    expect(await ask('POST', '/v1/sessions', { key, body: {} })).toMatchObject({ status: 403, json: refused });
    expect(await ask('POST', '/api/v1/api-keys', { key, body: { name: 'more' } })).toMatchObject({ status: 403 });
    expect(await ask('POST', path, { body: { name: 'x', scopes: [] } })).toMatchObject({ status: 400 });
    expect(await ask('DELETE', `${path}/${String(made.json['id'])}`)).toMatchObject({ status: 204 });
    expect(await ask('GET', '/v1/sessions', { key })).toMatchObject({ status: 401 });
    expect(await ask('DELETE', `${path}/${String(made.json['id'])}`)).toMatchObject({ status: 404 });
  });

  it('ends the keys of other administrators that somebody made by cookie, once they are none any more', async () => {
    const [maker, peer] = [await createAccount('maker', 'admin'), await createAccount('peer', 'admin')];
    const service = await createAccount('service');
    const sent = { email: 'maker@example.com', password: PASSWORD };
    const { setCookies } = await ask('POST', '/api/v1/sign-in', { key: null, body: sent });
    const cookie = setCookies.map((each) => each.split(';')[0]).join('; ');
    const headers = { cookie, origin: server.url, 'content-type': 'application/json' };
    const makeKey = async ({ id }: Account) => {
      const body = JSON.stringify({ name: 'kept' });
      const made = await fetch(`${server.url}/api/v1/users/${id}/api-keys`, { method: 'POST', headers, body });
      return { key: ((await made.json()) as { key: string }).key };
    };
    const [ofPeer, ofService] = [await makeKey(peer), await makeKey(service)];
    expect(await ask('GET', '/api/v1/users', ofPeer)).toMatchObject({ status: 200 });
    await ask('PATCH', `/api/v1/users/${maker.id}`, { body: { role: 'user' } });
    expect(await ask('GET', '/v1/sessions', ofPeer)).toMatchObject({ status: 401 });
    for (const { key } of [ofService, peer])
      expect(await ask('GET', '/v1/sessions', { key })).toMatchObject({ status: 200 });
    for (const { id } of [maker, peer, service]) await ask('DELETE', `/api/v1/users/${id}`);
  });
});

it('invites by a link whose token no server logs, and signs in who accepts it', async () => {
  const body = { email: 'guest@example.com', name: 'guest' };
  const made = await ask('POST', '/api/v1/users', { body });
  const { id, invitation } = made.json as { id: string; invitation: { url: string; expires_at: string } };
  const { origin, pathname, search, hash } = new URL(invitation.url);
  expect([origin, pathname, search]).toEqual([server.url, '/invite', '']);
  expect(made.json['invited_until']).toBe(invitation.expires_at);
  const again = await ask('GET', `/api/v1/users/${id}`);
  expect(again.json).not.toHaveProperty('invitation');

  const token = new URLSearchParams(hash.slice(1)).get('link');
  const accept = (password: string, given = token) =>
    ask('POST', '/api/v1/invitations/accept', { key: null, body: { token: given, name: 'Guest', password } });
  expect(await ask('POST', '/api/v1/invitations/find', { key: null, body: { token } })).toMatchObject({
    status: 200,
    json: { email: 'guest@example.com', name: 'guest', expires_at: invitation.expires_at },
  });
  expect(await accept('too short')).toMatchObject({ status: 400 });
  const accepted = await accept(PASSWORD);
  expect(accepted.status).toBe(204);
  const cookie = accepted.setCookies.map((each) => each.split(';')[0]).join('; ');
  const bootstrap = await fetch(`${server.url}/api/v1/bootstrap`, { headers: { cookie } });
  expect(await bootstrap.json()).toMatchObject({ user: { id, name: 'Guest', role: 'user' } });
  for (const late of [await accept(PASSWORD), await accept(PASSWORD, 'A'.repeat(43))])
    expect(late).toMatchObject({ status: 401, setCookies: [] });
  expect(server.logs).not.toContain(token);
});

describe('an API key of an administrator', () => {
  const findOwnId = async () => {
    const { data } = (await ask('GET', '/api/v1/users')).json as { data: { id: string }[] };
    return data[0]?.id ?? '';
  };
  const makeKey = async () => {
    const made = await ask('POST', '/api/v1/api-keys', { body: { name: 'leaked', expires_in_days: 1 } });
    return { id: String(made.json['id']), key: String(made.json['key']), expiresAt: made.json['expires_at'] };
  };
  const inviteByCookie = async (apiKey: string, userId: string) => {
    const headers = { origin: server.url, 'content-type': 'application/json' };
    const body = JSON.stringify({ api_key: apiKey });
    const signedIn = await fetch(`${server.url}/api/v1/sign-in`, { method: 'POST', headers, body });
    const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]);
    return fetch(`${server.url}/api/v1/users/${userId}/invitation`, {
      method: 'POST',
      headers: { origin: server.url, cookie: cookie.join('; ') },
    });
  };

  it('makes invitations that end with it, and accounts that the audit log names it for', async () => {
    const { id, key, expiresAt } = await makeKey();
    const body = { email: 'backdoor@example.com', name: 'Backdoor', role: 'admin' };
    const made = await ask('POST', '/api/v1/users', { key, body });
    const { invitation } = made.json as { invitation: { url: string; expires_at: string } };
    expect(invitation.expires_at).toBe(expiresAt);
    const log = await ask('GET', `/api/v1/audit?action=user.create&target=${String(made.json['id'])}`);
    expect(log.json).toMatchObject({ data: [{ details: { role: 'admin', by_api_key: id } }] });
    const again = await ask('POST', `/api/v1/users/${String(made.json['id'])}/invitation`, { key });
    expect(await ask('DELETE', `/api/v1/api-keys/${id}`)).toMatchObject({ status: 204 });
    for (const { url } of [invitation, again.json as { url: string }]) {
      const token = new URL(url).hash.replace('#link=', '');
      expect(
        await ask('POST', '/api/v1/invitations/accept', { key: null, body: { token, password: PASSWORD } }),
      ).toMatchObject({ status: 401, setCookies: [] });
    }
  });

  it('makes no link for the password of its own user, nor does a sign-in that it made', async () => {
    const { key } = await makeKey();
    const own = await findOwnId();
    for (const each of [key, server.apiKey])
      expect(await ask('POST', `/api/v1/users/${own}/invitation`, { key: each })).toMatchObject({ status: 401 });
    expect((await inviteByCookie(key, own)).status).toBe(403);
    expect((await inviteByCookie(server.apiKey, own)).status).toBe(200);
  });

  it('gives no administrator another email, its own user neither', async () => {
    const [boss, other] = [await createAccount('boss', 'admin'), await createAccount('other', 'admin')];
    const person = await createAccount('person');
    const change = (id: string, headers: Record<string, string>) =>
      fetch(`${server.url}/api/v1/users/${id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', origin: server.url, ...headers },
        body: JSON.stringify({ email: `moved-${id}@example.com` }),
      }).then(({ status }) => status);
    const byKey = { 'x-api-key': boss.key };
    expect([await change(boss.id, byKey), await change(other.id, byKey), await change(person.id, byKey)]).toEqual([
      403, 403, 200,
    ]);
    const cookieOf = async (body: object) => {
      const headers = { 'content-type': 'application/json', origin: server.url };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const signedIn = await fetch(`${server.url}/api/v1/sign-in`, init);
      return { cookie: signedIn.headers.getSetCookie().map((each) => each.split(';')[0] ?? '')[0] ?? '' };
    };
    expect(await change(other.id, await cookieOf({ api_key: boss.key }))).toBe(403);
    const own = await cookieOf({ email: 'boss@example.com', password: PASSWORD });
    expect([await change(boss.id, own), await change(other.id, own)]).toEqual([403, 200]);
    const invite = (body?: object) =>
      fetch(`${server.url}/api/v1/users/${boss.id}/invitation`, {
        method: 'POST',
        headers: { origin: server.url, ...own, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      }).then(({ status }) => status);
    expect(await invite()).toBe(400);
    expect(await invite({ current_password: 'wrong' })).toBe(400);
    expect(await invite({ current_password: PASSWORD })).toBe(200);
    for (const { id } of [boss, other, person]) await ask('DELETE', `/api/v1/users/${id}`);
  });
});

const createDeployment = async (key: string, agent: string) => {
  const schedule = { type: 'cron', expression: '0 9 1 1 *', timezone: 'UTC' };
  const content = [{ type: 'text', text: 'something private' }];
  const body = { agent, name: 'Yearly', schedule, initial_events: [{ type: 'user.message', content }] };
  return String((await ask('POST', '/v1/deployments', { key, body })).json['id']);
};

describe('an account that is deleted', () => {
  const fill = async ({ key }: Account) => {
    const session = String((await ask('POST', '/v1/sessions', { key, body: { title: 'Kept' } })).json['id']);
    const agent = String((await ask('POST', '/v1/agents', { key, body: { name: 'A', model: 'default' } })).json['id']);
    const form = new FormData();
    form.set('file', new Blob(['text']), 'a.txt');
    const headers = { 'x-api-key': key };
    const uploaded = await fetch(`${server.url}/v1/files`, { method: 'POST', headers, body: form });
    const deployment = await createDeployment(key, agent);
    return { session, agent, deployment, file: ((await uploaded.json()) as { id: string }).id };
  };

  it('leaves nothing of what it owned', async () => {
    const account = await createAccount('leaver');
    const { session, file } = await fill(account);
    await ask('POST', `/v1/sessions/${session}/archive`, account);
    const other = await fill(account);
    await using chat = await openChat({ url: server.url, apiKey: account.key }, { sessionId: other.session });
    await chat.say('hello');
    await chat.waitForTurns(1);
    const folders = async () => (await readdir(join(server.dataDir, 'workspaces'))).includes(other.session);
    expect(await folders()).toBe(true);
    expect(await ask('DELETE', `/api/v1/users/${account.id}`)).toMatchObject({ status: 204 });
    expect(await chat.socket.closed).toBe(4003);
    expect(await ask('GET', '/v1/sessions', account)).toMatchObject({ status: 401 });
    expect(await ask('GET', `/api/v1/users/${account.id}`)).toMatchObject({ status: 404 });
    expect(existsSync(join(server.dataDir, 'files', file))).toBe(false);
    expect(await folders()).toBe(false);
    const processes = (await ask('GET', '/api/v1/processes')).json as { data: { session_id: string | null }[] };
    expect(processes.data.filter(({ session_id: id }) => id === other.session)).toEqual([]);
  });

  it('hands what it owned to another user, who goes on with it', async () => {
    const [account, heir] = [await createAccount('giver'), await createAccount('heir')];
    const { session, agent, file, deployment } = await fill(account);
    const { key } = account;
    const vault = String((await ask('POST', '/v1/vaults', { key, body: { display_name: 'Own' } })).json['id']);
    const created = await ask('POST', '/v1/sessions', { key, body: { vault_ids: [vault] } });
    expect(created.json).toMatchObject({ vault_ids: [vault] });
    await using chat = await openChat({ url: server.url, apiKey: account.key }, { sessionId: session });
    await chat.say('hello');
    await chat.waitForTurns(1);
    const path = `/api/v1/users/${account.id}`;
    for (const wrong of [account.id, 'user_none'])
      expect(await ask('DELETE', `${path}?transfer_to=${wrong}`)).toMatchObject({ status: 400, json: conflict });
    expect(await ask('GET', path)).toMatchObject({ json: { status: 'active' } });
    expect(await ask('DELETE', `${path}?transfer_to=${heir.id}`)).toMatchObject({ status: 204 });
    expect(await chat.socket.closed).toBe(4003);
    expect(await ask('GET', `/v1/sessions/${session}`, heir)).toMatchObject({ status: 200, json: { title: 'Kept' } });
    expect(await ask('GET', `/v1/sessions/${String(created.json['id'])}`, heir)).toMatchObject({
      json: { vault_ids: [] },
    });
    expect(await ask('GET', `/v1/vaults/${vault}`, heir)).toMatchObject({ status: 404 });
    expect(await ask('GET', `/v1/agents/${agent}`, heir)).toMatchObject({ status: 200 });
    expect(await ask('GET', `/v1/deployments/${deployment}`)).toMatchObject({ status: 404 });
    expect(await ask('GET', `/v1/files/${file}`, heir)).toMatchObject({ status: 200 });
    await using next = await openChat({ url: server.url, apiKey: heir.key }, { sessionId: session });
    await next.say('and now?');
    await next.waitForTurns(2);
    await until('the agent has answered the heir', () =>
      next.eventsOf('agent.message').some(({ content }) => JSON.stringify(content).includes('Hello again.')),
    );
  });
});

describe('what is kept of a person', () => {
  it('can be taken out by them and by administrators, and is erased so that nothing names them', async () => {
    const [zoe, other] = [await createAccount('zoe'), await createAccount('yan')];
    const chat = await openChat({ url: server.url, apiKey: zoe.key });
    await chat.say('something private');
    await chat.waitForTurns(1);
    await chat[Symbol.asyncDispose]();
    const form = new FormData();
    form.set('file', new Blob(['uploaded by Zoe']), '../a.txt');
    await fetch(`${server.url}/v1/files`, { method: 'POST', headers: { 'x-api-key': zoe.key }, body: form });
    const theirs = String((await ask('POST', '/v1/sessions', { key: other.key, body: {} })).json['id']);
    const agent = await ask('POST', '/v1/agents', { key: zoe.key, body: { name: 'A', model: 'default' } });
    const deployment = await createDeployment(zoe.key, String(agent.json['id']));
    await ask('POST', `/v1/agents/${String(agent.json['id'])}/archive`, zoe);
    await ask('POST', `/v1/deployments/${deployment}/run`, zoe);
    await ask('POST', '/v1/vaults', { key: zoe.key, body: { display_name: 'Own' } });
    using database = openDatabase();
    database.run(`insert into cost_differences values (?, 1, ?, 10, 20, '2026')`, chat.sessionId, zoe.id);
    const body = { id: 'sevt_1', type: 'session.rule_revoked', actor: { id: zoe.id, name: 'zoe' }, rule: {} };
    database.run(
      `insert into events values (?, 1000, 'sevt_1', ?, ?, '2026')`,
      theirs,
      body.type,
      JSON.stringify(body),
    );

    const download = async (path: string, key: string) => {
      const response = await fetch(`${server.url}${path}`, { headers: { 'x-api-key': key } });
      return response.ok ? readZip(Buffer.from(await response.arrayBuffer())) : response.status;
    };
    const own = await download('/api/v1/account/export', zoe.key);
    if (typeof own === 'number') throw new Error(`answered ${own}`);
    expect(JSON.parse(own.get('account.json') ?? '')).toMatchObject({ email: 'zoe@example.com' });
    expect(own.get(`sessions/${chat.sessionId}.jsonl`)).toContain('something private');
    expect([...own].find(([name]) => /^files\/file_[^/]+\/a\.txt$/.test(name))?.[1]).toBe('uploaded by Zoe');
    expect(own.get('audit_entries.jsonl')).toContain('session.create');
    const path = `/api/v1/users/${zoe.id}`;
    expect(await download(`${path}/export`, other.key)).toBe(403);
    expect(await download(`${path}/export`, server.apiKey)).toBeInstanceOf(Map);

    const counts = {
      ...{ sessions: 1, files: 1, agents: 1, environments: 0, skills: 0, deployments: 1, deployment_runs: 1 },
      ...{ model_requests: 1, cost_differences: 1, vaults: 1, session_shares: 0, workspace_trusts: 0 },
    };
    for (const [table, count] of Object.entries(counts))
      expect(own.get(`${table}.jsonl`)?.match(/\n/g)?.length ?? 0, table).toBe(count);
    const erase = (dryRun: boolean, key = server.apiKey) =>
      ask('POST', `${path}/erase`, { key, body: { dry_run: dryRun } });
    expect(await erase(false, other.key)).toMatchObject({ status: 403 });
    expect((await erase(true)).json).toEqual({
      ...{ type: 'erased_person', user_id: zoe.id, dry_run: true, counts, anonymous: null },
    });
    expect(await ask('GET', path)).toMatchObject({ status: 200 });
    // Cut off in its last step, it is asked for again.
    database.run(`create trigger cut before update of body on events begin select raise(abort, 'cut'); end`);
    expect((await erase(false)).status).not.toBe(200);
    database.run('drop trigger cut');
    expect((await erase(false)).json).toMatchObject({ counts: { sessions: 0 }, anonymous: { events: 1 } });
    expect(await erase(false)).toMatchObject({ status: 404 });
    const nobody = { body: { dry_run: false } };
    expect(await ask('POST', '/api/v1/users/user_erased/erase', nobody)).toMatchObject({ status: 404 });
    expect(await ask('GET', '/api/v1/account', { key: zoe.key })).toMatchObject({ status: 401 });
    // Facts that wait to be chained are in the log soon; they and the log keep the id alone.
    for (const table of database.tables.filter((name) => !/^(?:audit_|deleted_sessions)/.test(name)))
      expect(database.dump(table), table).not.toMatch(new RegExp(`${zoe.id}|zoe@example|something private`));
    expect(database.dump('events')).toContain('Erased person');
    expect((await verifyAudit(loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: server.dataDir }))).fault).toBeUndefined();
  });
});

function openDatabase() {
  const database = new Database(join(server.dataDir, 'csp.db'));
  const select = database.prepare(`select name from sqlite_master where type = 'table'`).pluck();
  return {
    tables: select.all() as string[],
    run: (statement: string, ...values: unknown[]) => void database.prepare(statement).run(...values),
    dump: (table: string) => JSON.stringify(database.prepare(`select * from "${table}"`).all()),
    [Symbol.dispose]: () => void database.close(),
  };
}

/** The text of each entry by its name. */
async function readZip(content: Buffer): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(content);
  const entries = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const source = await zip.openReadStreamPromise(entry);
    entries.set(entry.fileName, await readText(source));
  }
  return entries;
}
