import { once } from 'node:events';
import { request as openRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import {
  connectRawWebSocket,
  startServer,
  until,
  type RawWebSocket,
  type TestServer,
} from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PASSWORD = 'correct horse battery';
const DAY_MS = 24 * 60 * 60 * 1000;

let server: TestServer;
let admin: string;
/** Signs in once: attempts are limited. */
let ada: { id: string; cookie: string };

beforeAll(async () => {
  server = await startServer();
  admin = await signIn({ api_key: server.apiKey });
  ada = await createUser('ada');
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (path: string, body: object, cookie = '') => send('POST', path, { body, cookie });

/** As an administrator. */
const change = (userId: string, body: object) => send('PATCH', `/api/v1/users/${userId}`, { body, cookie: admin });

async function send(method: string, path: string, { body, cookie }: { body: object; cookie: string }) {
  const headers = { 'content-type': 'application/json', origin: server.url, cookie };
  const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

async function signIn(body: object): Promise<string> {
  const cookies = (await post('/api/v1/sign-in', body)).headers.getSetCookie();
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
}

async function createUser(name: string): Promise<{ id: string; cookie: string }> {
  const email = `${name}@example.com`;
  const made = await post('/api/v1/users', { email, name, password: PASSWORD }, admin);
  const { id } = (await made.json()) as { id: string };
  return { id, cookie: await signIn({ email, password: PASSWORD }) };
}

async function createKey(cookie: string): Promise<{ id: string; key: string }> {
  return (await (await post('/api/v1/api-keys', { name: 'test' }, cookie)).json()) as { id: string; key: string };
}

/** Made by a program that has a key. */
async function createKeyWith(key: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const response = await fetch(`${server.url}/api/v1/api-keys`, { method: 'POST', headers, body: '{"name":"made"}' });
  return ((await response.json()) as { key: string }).key;
}

const revoke = (id: string, cookie: string) =>
  fetch(`${server.url}/api/v1/api-keys/${id}`, { method: 'DELETE', headers: { cookie, origin: server.url } });

const countSessions = async (key: string): Promise<number> => {
  const response = await fetch(`${server.url}/v1/sessions`, { headers: { 'x-api-key': key } });
  return ((await response.json()) as { data: unknown[] }).data.length;
};

/** Something that another node, or `csp`, changes in the store. */
function changeElsewhere(sql: string, ...values: unknown[]): void {
  const database = new Database(join(server.dataDir, 'csp.db'));
  expect(database.prepare(sql).run(...values).changes).toBe(1);
  database.close();
}

/** A request whose answer is read by hand. */
async function open(path: string, headers: Record<string, string>, body?: object): Promise<IncomingMessage> {
  const sending = openRequest(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    agent: false,
  });
  sending.end(body && JSON.stringify(body));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return response;
}

/** All that comes until the stream ends; rejects where it is cut. */
async function readToEnd(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

interface Held {
  socket: RawWebSocket;
  sse: Promise<string>;
  chat: Promise<string>;
}

/** Opens one of everything that stays open. */
async function holdOpen(headers: Record<string, string>): Promise<Held> {
  const socket = await connectRawWebSocket(server, { headers });
  const created = await socket.request({ type: 'session.create' });
  const { session } = (created as unknown as { result: { session: { id: string } } }).result;
  const sse = await open(`/v1/sessions/${session.id}/events/stream`, headers);
  const chat = await open('/api/v1/chat', headers, {
    frames: [{ type: 'session.attach', id: 'a', session_id: session.id }],
  });
  expect([sse.statusCode, chat.statusCode]).toEqual([200, 200]);
  return { socket, sse: readToEnd(sse), chat: readToEnd(chat) };
}

async function expectEnded({ socket, sse, chat }: Held): Promise<void> {
  expect(await socket.closed).toBe(4003);
  expect(await sse).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"authentication_error".*\n\n$/);
  expect(await chat).toMatch(/event: error\ndata: \{"type":"error","id":null,.*"authentication_error".*\n\n$/);
}

describe('what is open ends when', () => {
  it('its API key is revoked, and nothing more is carried out, while another key stays', async () => {
    const [revoked, kept] = [await createKey(ada.cookie), await createKey(ada.cookie)];
    const held = await holdOpen({ 'x-api-key': revoked.key });
    await using other = await connectRawWebSocket(server, { apiKey: kept.key });
    const before = await countSessions(kept.key);
    await revoke(revoked.id, ada.cookie);
    for (let each = 0; each < 20; each += 1) held.socket.send({ type: 'session.create', id: `late-${each}` });
    await expectEnded(held);
    expect(await countSessions(kept.key)).toBe(before);
    expect(await other.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('the API key that it was made with is revoked', async () => {
    const maker = await createKey(ada.cookie);
    const cookie = await signIn({ api_key: maker.key });
    const made = await createKeyWith(maker.key);
    const held = [await holdOpen({ cookie, origin: server.url }), await holdOpen({ 'x-api-key': made })];
    await revoke(maker.id, ada.cookie);
    await Promise.all(held.map(expectEnded));
    const answers = await Promise.all([open('/v1/sessions', { cookie }), open('/v1/sessions', { 'x-api-key': made })]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401]);
  });

  it('its user is locked', async () => {
    const bob = await createUser('bob');
    const { key } = await createKey(bob.cookie);
    const held = [await holdOpen({ 'x-api-key': key }), await holdOpen({ cookie: bob.cookie, origin: server.url })];
    await change(bob.id, { status: 'locked' });
    await Promise.all(held.map(expectEnded));
  });

  it('its user gets another role', async () => {
    const eve = await createUser('eve');
    const held = await holdOpen({ 'x-api-key': (await createKey(eve.cookie)).key });
    await change(eve.id, { role: 'operator' });
    await expectEnded(held);
  });

  it('its sign-in is signed out, also in another tab', async () => {
    const cookie = await signIn({ email: 'ada@example.com', password: PASSWORD });
    const headers = { cookie, origin: server.url };
    const tabs = [await holdOpen(headers), await holdOpen(headers)];
    await using elsewhere = await connectRawWebSocket(server, { headers: { cookie: ada.cookie, origin: server.url } });
    await post('/api/v1/sign-out', {}, cookie);
    await Promise.all(tabs.map(expectEnded));
    expect(await elsewhere.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('its sign-in is ended from another browser', async () => {
    const cookie = await signIn({ email: 'ada@example.com', password: PASSWORD });
    const headers = { cookie, origin: server.url };
    const held = await holdOpen(headers);
    const listed = JSON.parse(await readToEnd(await open('/api/v1/sign-ins', headers))) as {
      data: { id: string; current: boolean }[];
    };
    const id = listed.data.find(({ current }) => current)?.id ?? 'none';
    const path = `${server.url}/api/v1/sign-ins/${id}`;
    const ended = await fetch(path, { method: 'DELETE', headers: { cookie: ada.cookie, origin: server.url } });
    expect(ended.status).toBe(204);
    await expectEnded(held);
    expect((await open('/v1/sessions', headers)).statusCode).toBe(401);
    expect((await open('/v1/sessions', { cookie: ada.cookie })).statusCode).toBe(200);
  });

  it('its account is deleted', async () => {
    const dan = await createUser('dan');
    const { key } = await createKey(dan.cookie);
    const held = [await holdOpen({ 'x-api-key': key }), await holdOpen({ cookie: dan.cookie, origin: server.url })];
    const headers = { cookie: admin, origin: server.url };
    const removed = await fetch(`${server.url}/api/v1/users/${dan.id}`, { method: 'DELETE', headers });
    expect(removed.status).toBe(204);
    await Promise.all(held.map(expectEnded));
    expect((await open('/v1/sessions', { 'x-api-key': key })).statusCode).toBe(401);
  });

  it('the store says so, whoever changed it: an expired key, a removed key, a locked user, an ended sign-in', async () => {
    const [expired, removed] = [await createKey(ada.cookie), await createKey(ada.cookie)];
    const cid = await createUser('cid');
    const locked = await createKey(cid.cookie);
    const cookie = await signIn({ email: 'ada@example.com', password: PASSWORD });
    const held = [
      await holdOpen({ 'x-api-key': expired.key }),
      await holdOpen({ 'x-api-key': removed.key }),
      await holdOpen({ 'x-api-key': locked.key }),
      await holdOpen({ cookie, origin: server.url }),
    ];
    changeElsewhere(
      'update auth_api_key set expiresAt = ? where id = ?',
      new Date(Date.now() - DAY_MS).toISOString(),
      expired.id,
    );
    changeElsewhere('delete from auth_api_key where id = ?', removed.id);
    changeElsewhere('update auth_user set banned = 1 where id = ?', cid.id);
    const token = decodeURIComponent(cookie.split('=')[1] ?? '').split('.')[0];
    changeElsewhere('delete from auth_session where token = ?', token);
    await Promise.all(held.map(expectEnded));
    const answers = await Promise.all(
      [expired, removed, locked].map(({ key }) => open('/v1/sessions', { 'x-api-key': key })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401]);
  });
});

describe('what is under way is cut off when its API key is revoked:', () => {
  it('an upload, of which nothing is kept', async () => {
    const [revoked, kept] = [await createKey(ada.cookie), await createKey(ada.cookie)];
    const sending = openRequest(`${server.url}/v1/files`, {
      method: 'POST',
      headers: { 'x-api-key': revoked.key, 'content-type': 'multipart/form-data; boundary=x' },
      agent: false,
    });
    const ended = waitForEnd(sending);
    sending.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbeginning');
    // The server has begun to read it when it answers somebody who came later.
    await countSessions(kept.key);
    await revoke(revoked.id, ada.cookie);
    await ended;
    const list = await open('/v1/files', { 'x-api-key': kept.key });
    expect(JSON.parse(await readToEnd(list))).toMatchObject({ data: [] });
  });

  it('a request whose body is still coming, which is not carried out', async () => {
    const [revoked, kept] = [await createKey(ada.cookie), await createKey(ada.cookie)];
    const before = await countSessions(kept.key);
    const sending = openRequest(`${server.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'x-api-key': revoked.key, 'content-type': 'application/json' },
      agent: false,
    });
    const ended = waitForEnd(sending);
    sending.write('{');
    await countSessions(kept.key);
    await revoke(revoked.id, ada.cookie);
    sending.end('}');
    await ended;
    expect(await countSessions(kept.key)).toBe(before);
  });

  it('a download', async () => {
    const [revoked, kept] = [await createKey(ada.cookie), await createKey(ada.cookie)];
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(24 * 1024 * 1024)]), 'large.bin');
    const uploaded = await fetch(`${server.url}/v1/files`, {
      method: 'POST',
      headers: { 'x-api-key': kept.key },
      body: form,
    });
    const { id } = (await uploaded.json()) as { id: string };
    const download = await open(`/v1/files/${id}/content`, { 'x-api-key': revoked.key });
    expect(download.statusCode).toBe(200);
    await revoke(revoked.id, ada.cookie);
    await until('the server has cut the download', () => download.destroyed || readSome(download));
    expect(download.complete).toBe(false);
  });

  it('but the request that revokes its own key is answered', async () => {
    const { id, key } = await createKey(ada.cookie);
    const path = `${server.url}/api/v1/api-keys/${id}`;
    const response = await fetch(path, { method: 'DELETE', headers: { 'x-api-key': key } });
    expect(response.status).toBe(204);
  });
});

/** Resolves with the status, or with none where the request is cut off. */
function waitForEnd(sending: ClientRequest): Promise<number | undefined> {
  return new Promise((resolve) => {
    sending.on('response', (response) => resolve(response.statusCode));
    sending.on('error', () => resolve(undefined));
  });
}

/** Reads what has arrived. False while there is more to come. */
function readSome(response: IncomingMessage): boolean {
  response.on('error', () => undefined);
  response.read();
  return response.destroyed;
}
