import { once } from 'node:events';
import { request as openRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import type { SearchResultList, ServerFrame, SessionResource } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, startServer, type RawWebSocket, type TestServer } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createUserKey } from './support/create-user-key.ts';

type Name = 'ada' | 'bob' | 'cid';
type Json = Record<string, unknown>;

let server: TestServer;
const keys = {} as Record<Name, string>;
const ids = {} as Record<Name, string>;

beforeAll(async () => {
  server = await startServer({ environment: { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' } });
  for (const name of ['ada', 'bob', 'cid'] as const) {
    keys[name] = await createUserKey(server, name);
    ids[name] = ((await call(name, 'GET', '/api/v1/bootstrap')).body as { user: { id: string } }).user.id;
  }
});
afterAll(() => server[Symbol.asyncDispose]());

async function call(who: Name, method: string, path: string, body?: Json) {
  const headers = { 'x-api-key': keys[who], ...(body && { 'content-type': 'application/json' }) };
  const response = await fetch(server.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
}

async function createSession(who: Name = 'ada'): Promise<string> {
  return ((await call(who, 'POST', '/v1/sessions', { title: 'Ours' })).body as { id: string }).id;
}

const sharePath = (sessionId: string, who: Name) => `/api/v1/sessions/${sessionId}/shares/${ids[who]}`;
const share = (sessionId: string, who: Name, level: string, by: Name = 'ada') =>
  call(by, 'PUT', sharePath(sessionId, who), { level });
const endShare = (sessionId: string, who: Name, by: Name = 'ada') => call(by, 'DELETE', sharePath(sessionId, who));
const connect = (who: Name) => connectRawWebSocket(server, { apiKey: keys[who] });
const listShared = async (who: Name) =>
  (await call(who, 'GET', '/v1/sessions?shared=true')).body as { data: SessionResource[] };
const isOf = (type: string, sessionId: string) => (frame: ServerFrame) =>
  frame.type === type && (frame as unknown as { session_id?: string }).session_id === sessionId;

async function attach(socket: RawWebSocket, sessionId: string): Promise<void> {
  expect(await socket.request({ type: 'session.attach', session_id: sessionId })).toMatchObject({ type: 'reply' });
}

async function openStream(who: Name, path: string, body?: Json): Promise<IncomingMessage> {
  const sending = openRequest(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': keys[who], ...(body && { 'content-type': 'application/json' }) },
    agent: false,
  });
  sending.end(body && JSON.stringify(body));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

/** All that comes until the stream ends. */
async function readToEnd(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

it('shares with a person, changes the level and ends it', async () => {
  const sessionId = await createSession();
  const first = await share(sessionId, 'bob', 'view');
  expect(first).toMatchObject({
    status: 200,
    body: {
      ...{ type: 'session_share', session_id: sessionId, user_id: ids.bob, level: 'view' },
      ...{ user: { id: ids.bob, name: 'bob', email: 'bob@example.com' }, granted_by: { id: ids.ada, name: 'ada' } },
    },
  });
  await share(sessionId, 'bob', 'manage');
  await share(sessionId, 'cid', 'drive', 'bob');
  const listed = (await call('bob', 'GET', `/api/v1/sessions/${sessionId}/shares`)).body as { data: Json[] };
  expect(listed.data).toMatchObject([
    { user_id: ids.bob, level: 'manage' },
    { user_id: ids.cid, level: 'drive', granted_by: { id: ids.bob } },
  ]);
  expect(await call('bob', 'POST', `/v1/sessions/${sessionId}`, { title: 'Renamed' })).toMatchObject({
    status: 200,
    body: { title: 'Renamed', shared: { level: 'manage', owner: { id: ids.ada, name: 'ada' } } },
  });
  expect((await listShared('cid')).data).toMatchObject([{ id: sessionId, shared: { level: 'drive' } }]);
  expect((await call('cid', 'GET', '/v1/sessions')).body).toMatchObject({ data: [] });
  expect((await call('ada', 'GET', `/v1/sessions/${sessionId}`)).body).not.toHaveProperty('shared');

  expect((await endShare(sessionId, 'cid')).status).toBe(204);
  expect((await endShare(sessionId, 'cid')).status).toBe(404);
  expect((await listShared('cid')).data).toEqual([]);
  expect((await call('cid', 'GET', `/v1/sessions/${sessionId}`)).status).toBe(404);
});

it('finds what was said in one’s own sessions and in those that are shared, as long as they are', async () => {
  const sessionId = await createSession();
  const text = 'Where is the Zanzibar ledger kept?';
  await call('ada', 'POST', `/v1/sessions/${sessionId}/events`, {
    events: [{ type: 'user.message', content: [{ type: 'text', text }] }],
  });
  const search = async (who: Name, query: string) =>
    (await call(who, 'GET', `/api/v1/search?query=${encodeURIComponent(query)}`)).body as SearchResultList;
  await expect.poll(() => search('ada', 'ledg zanz'), { timeout: 20_000 }).toMatchObject({ data: [] });
  await expect.poll(async () => (await search('ada', 'zanzibar ledg')).data.length, { timeout: 20_000 }).toBe(1);
  const { data } = await search('ada', 'zanzibar ledg');
  const message = data[0]?.hits.find(({ kind }) => kind === 'message');
  expect(data[0]?.session).toMatchObject({ id: sessionId, title: 'Ours' });
  expect(message).toMatchObject({ text, event_id: expect.stringMatching(/^sevt_/), seq: expect.any(Number) });
  expect(message?.highlights.map(([start, end]) => text.slice(start, end))).toEqual(['Zanzibar', 'ledger']);
  expect((await search('bob', 'zanzibar')).data).toEqual([]);
  await share(sessionId, 'bob', 'view');
  expect((await search('bob', 'zanzibar')).data).toMatchObject([
    { session: { id: sessionId, shared: { level: 'view', owner: { name: 'ada' } } } },
  ]);
  await endShare(sessionId, 'bob');
  expect((await search('bob', 'zanzibar')).data).toEqual([]);
  expect((await call('bob', 'GET', '/api/v1/search?query=')).status).toBe(400);
  await call('ada', 'DELETE', `/v1/sessions/${sessionId}`);
  expect((await search('ada', 'zanzibar')).data).toEqual([]);
});

it('refuses oneself, the owner and an unknown user, and answers strangers as if there were nothing', async () => {
  const sessionId = await createSession();
  await share(sessionId, 'bob', 'manage');
  expect((await share(sessionId, 'ada', 'view')).status).toBe(400);
  expect((await share(sessionId, 'ada', 'view', 'bob')).status).toBe(400);
  expect((await share(sessionId, 'bob', 'view', 'bob')).status).toBe(400);
  expect((await share(sessionId, 'cid', 'own')).status).toBe(400);
  const unknown = await call('ada', 'PUT', `/api/v1/sessions/${sessionId}/shares/user_none`, { level: 'view' });
  expect(unknown).toMatchObject({ status: 404, body: { error: { type: 'not_found_error' } } });

  const other = `sesn_${sessionId.slice('sesn_'.length).split('').toReversed().join('')}`;
  for (const [method, path, body] of [
    ['GET', '/v1/sessions/ID', undefined],
    ['GET', '/api/v1/sessions/ID/shares', undefined],
    ['PUT', `/api/v1/sessions/ID/shares/${ids.cid}`, { level: 'manage' }],
    ['DELETE', `/api/v1/sessions/ID/shares/${ids.bob}`, undefined],
  ] as const) {
    const [hidden, none] = await Promise.all(
      [sessionId, other].map((id) => call('cid', method, path.replace('ID', id), body)),
    );
    expect(hidden?.status).toBe(404);
    expect(none?.status).toBe(404);
    const message = (answer: unknown, id: string) =>
      (answer as { error: { message: string } }).error.message.replaceAll(id, 'ID');
    expect(message(hidden?.body, sessionId)).toBe(message(none?.body, other));
  }
});

it('finds a person by the whole address alone, and not without end', async () => {
  const find = (email: string) => call('cid', 'GET', `/api/v1/people?email=${encodeURIComponent(email)}`);
  expect((await find('Bob@example.com')).body).toEqual({
    data: [{ id: ids.bob, name: 'bob', email: 'bob@example.com' }],
    next_page: null,
  });
  expect((await find('bob@')).body).toEqual({ data: [], next_page: null });
  const search = async (who: Parameters<typeof call>[0], text: string) => {
    const { body } = await call(who, 'GET', `/api/v1/people?search=${encodeURIComponent(text)}`);
    return (body as { data: { name: string }[] }).data.map(({ name }) => name);
  };
  expect(await search('cid', 'bo'), 'nobody whom he does not see').toEqual([]);
  await share(await createSession(), 'bob', 'manage');
  for (const part of ['bo', 'B@EX', 'ob']) expect(await search('ada', part)).toEqual(['bob']);
  for (const part of ['%', '_', 'cid']) expect(await search('ada', part)).toEqual([]);
  const everybody = await server.fetch('/api/v1/people?search=CID@');
  expect(await everybody.json()).toMatchObject({ data: [{ id: ids.cid }] });
  expect(await search('bob', 'ada'), 'he manages her session, and does not see her address').toEqual([]);
  let status = 200;
  for (let tries = 0; tries < 25 && status === 200; tries += 1) ({ status } = await find('nobody@example.com'));
  expect(status).toBe(429);
});

it('tells who watches of new, changed and ended shares at once', async () => {
  const sessionId = await createSession();
  await using watching = await connect('bob');
  await watching.request({ type: 'sessions.watch' });
  const isShared =
    (level: string, title = 'Ours') =>
    (frame: ServerFrame) =>
      frame.type === 'session' &&
      frame.session.id === sessionId &&
      frame.session.shared?.level === level &&
      frame.session.title === title;
  await share(sessionId, 'bob', 'view');
  await watching.waitFor(isShared('view'), 2000);
  await share(sessionId, 'bob', 'drive');
  await watching.waitFor(isShared('drive'), 2000);
  await call('ada', 'POST', `/v1/sessions/${sessionId}`, { title: 'Renamed' });
  await watching.waitFor(isShared('drive', 'Renamed'), 2000);
  await endShare(sessionId, 'bob');
  await watching.waitFor(isOf('session.unshared', sessionId), 2000);
  // It follows no shared session, so it stays.
  expect(await watching.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
});

it('lets a viewer see and nothing more, and a driver send under their own name, once for each id', async () => {
  const sessionId = await createSession();
  await share(sessionId, 'bob', 'view');
  await using owner = await connect('ada');
  await using bob = await connect('bob');
  await attach(owner, sessionId);
  await attach(bob, sessionId);
  const send = { type: 'session.send', session_id: sessionId, events: [{ type: 'user.interrupt' }] };
  expect(await bob.request(send)).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
  await share(sessionId, 'bob', 'drive');

  const message = {
    ...{ type: 'session.send', id: 'the same', session_id: sessionId },
    events: [{ type: 'user.message', content: [{ type: 'text', text: 'from bob' }] }],
  };
  const sent = await bob.request(message);
  await using again = await connect('bob');
  expect(await again.request(message)).toEqual(sent);
  expect(await owner.request({ ...message, events: send.events })).toMatchObject({ type: 'reply' });
  const stored = await owner.waitFor((frame) => frame.type === 'event' && frame.event.type === 'user.message');
  expect(stored).toMatchObject({ event: { actor: { id: ids.bob, name: 'bob' } } });
});

it('gives who forks a session of somebody else a session of their own, which asks again', async () => {
  const sessionId = await createSession();
  await call('ada', 'POST', `/v1/sessions/${sessionId}`, { permission_mode: 'acceptEdits' });
  await share(sessionId, 'bob', 'view');
  await using bob = await connect('bob');
  const forked = await bob.request({ type: 'session.fork', session_id: sessionId });
  const { session } = (forked as unknown as { result: { session: SessionResource } }).result;
  expect(session).toMatchObject({ parent_session_id: sessionId, permission_mode: 'default' });
  expect(session).not.toHaveProperty('shared');
  expect((await call('bob', 'POST', `/v1/sessions/${session.id}`, { title: 'His' })).status).toBe(200);
  expect((await call('ada', 'GET', `/v1/sessions/${session.id}`)).status).toBe(404);
});

it('lets everybody in a session read the files of its messages, whoever attached them', async () => {
  const sessionId = await createSession();
  await share(sessionId, 'bob', 'drive');
  const form = new FormData();
  form.set('file', new Blob(['from bob']), 'bob.txt');
  const upload = await fetch(`${server.url}/v1/files`, {
    method: 'POST',
    headers: { 'x-api-key': keys.bob },
    body: form,
  });
  const { id } = (await upload.json()) as { id: string };
  const read = async (who: Name) => (await call(who, 'GET', `/v1/files/${id}`)).status;
  const content = [{ type: 'document', source: { type: 'file', file_id: id } }];
  const events = [{ type: 'user.message', content }];
  expect((await call('ada', 'POST', `/v1/sessions/${sessionId}/events`, { events })).status).toBe(404);
  expect((await call('bob', 'POST', `/v1/sessions/${sessionId}/events`, { events })).status).toBe(200);
  expect([await read('ada'), await read('bob'), await read('cid')]).toEqual([200, 200, 404]);
  expect((await call('ada', 'DELETE', `/v1/files/${id}`)).status).toBe(403);
  expect((await call('ada', 'POST', `/v1/sessions/${sessionId}/events`, { events })).status).toBe(200);
});

it('closes within 2 s what follows a session whose share ends, also elsewhere, and nobody else', async () => {
  const sessionId = await createSession();
  await share(sessionId, 'bob', 'drive');
  await share(sessionId, 'cid', 'view');
  await using owner = await connect('ada');
  await using viewer = await connect('cid');
  for (const socket of [owner, viewer]) await attach(socket, sessionId);
  await using followed = await connect('bob');
  await attach(followed, sessionId);
  const streamed = await openStream('bob', `/v1/sessions/${sessionId}/events/stream`);
  const frames = [{ type: 'session.attach', id: 'a', session_id: sessionId }];
  const chat = await openStream('bob', '/api/v1/chat', { frames });
  const startedAt = performance.now();
  await endShare(sessionId, 'bob');
  expect(await followed.closed).toBe(4003);
  expect(followed.frames.at(-1)).toEqual({ type: 'session.unshared', session_id: sessionId });
  expect(await readToEnd(streamed)).toMatch(
    /event: error\ndata: \{"type":"error","error":\{"type":"permission_error".*\n\n$/,
  );
  expect(await readToEnd(chat)).toMatch(/"session\.unshared".*\n\nevent: error\ndata: .*"permission_error".*\n\n$/);
  expect(performance.now() - startedAt).toBeLessThan(2000);

  await share(sessionId, 'bob', 'view');
  await using back = await connect('bob');
  await attach(back, sessionId);
  const database = new Database(join(server.dataDir, 'csp.db'));
  // As another node does.
  database.prepare('delete from session_shares where user_id = ?').run(ids.bob);
  database.close();
  expect(await back.closed).toBe(4003);

  const sent = await owner.request({
    ...{ type: 'session.send', session_id: sessionId },
    events: [{ type: 'user.interrupt' }],
  });
  expect(sent).toMatchObject({ type: 'reply' });
  for (const socket of [owner, viewer])
    await socket.waitFor((frame) => frame.type === 'event' && frame.event.type === 'user.interrupt', 2000);
});

it('ends shares with the account of their user, and tells the audit log of every change', async () => {
  const sessionId = await createSession();
  await share(sessionId, 'cid', 'view');
  await share(sessionId, 'bob', 'drive');
  await endShare(sessionId, 'bob');
  const removed = await server.fetch(`/api/v1/users/${ids.cid}`, { method: 'DELETE' });
  expect(removed.status).toBe(204);
  const database = new Database(join(server.dataDir, 'csp.db'), { readonly: true });
  expect(database.prepare('select user_id from session_shares where user_id = ?').all(ids.cid)).toEqual([]);
  database.close();

  const facts = await server.fetch(`/api/v1/audit?target=${sessionId}`);
  const { data } = (await facts.json()) as { data: { action: string; actor: Json; details: Json }[] };
  expect(data.filter(({ action }) => action !== 'session.create')).toMatchObject([
    { action: 'session.unshare', actor: { id: ids.ada }, details: { user_id: ids.bob } },
    { action: 'session.share', details: { user_id: ids.bob, level: 'drive' } },
    { action: 'session.share', details: { user_id: ids.cid, level: 'view' } },
  ]);
});
