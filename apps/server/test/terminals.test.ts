import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { TerminalResource, TerminalServerFrame } from '@claude-sdk-pattern/protocol';
import {
  connectRawWebSocket,
  listProcesses,
  startServer,
  until,
  waitUntilGone,
  type TestServer,
} from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { createUserKey } from './support/create-user-key.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' } });
});
afterAll(() => server[Symbol.asyncDispose]());

const SIZE = { columns: 80, rows: 24 };

async function request<T>(method: string, path: string, { body, key }: { body?: object; key?: string } = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'x-api-key': key ?? server.apiKey, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
}

async function createSession(key?: string): Promise<string> {
  return (await request<{ id: string }>('POST', '/v1/sessions', { body: {}, ...(key && { key }) })).body.id;
}

async function openTerminal(sessionId: string, key?: string): Promise<TerminalResource> {
  const path = `/api/v1/sessions/${sessionId}/terminals`;
  const opened = await request<TerminalResource>('POST', path, { body: SIZE, ...(key && { key }) });
  expect(opened.status).toBe(201);
  return opened.body;
}

async function createUser(name: string): Promise<{ id: string; key: string }> {
  const key = await createUserKey(server, name);
  const users = await request<{ data: { id: string; name: string }[] }>('GET', '/api/v1/users');
  return { key, id: users.body.data.find((user) => user.name === name)?.id ?? '' };
}

/** A client that shows everything at once, or acknowledges nothing. */
function attach({ session_id: sessionId, id }: TerminalResource, { after = 0, acks = true, key = server.apiKey } = {}) {
  const url = `${server.url.replace('http', 'ws')}/ws/v1/sessions/${sessionId}/terminals/${id}?after=${after}`;
  const socket = new WebSocket(url, { headers: { 'x-api-key': key } });
  const state = { text: '', position: 0, frames: [] as TerminalServerFrame[], code: 0 };
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      const frame = JSON.parse(String(data)) as TerminalServerFrame;
      state.frames.push(frame);
      if ('position' in frame) state.position = frame.position;
      return;
    }
    state.text += data.toString('latin1');
    state.position += data.length;
    if (acks) socket.send(JSON.stringify({ type: 'terminal.ack', position: state.position }));
  });
  socket.on('close', (code) => (state.code = code));
  socket.on('error', () => undefined);
  return {
    socket,
    state,
    type: (text: string) => socket.send(Buffer.from(text)),
    shows: (text: string) => until(`the terminal shows ${text}`, () => state.text.includes(text)),
    isAttached: () => until('it is attached', () => state.frames.length > 0),
  };
}

it('is a shell in the workspace, confined, without a credential, that a client takes up again where it was', async () => {
  const sessionId = await createSession();
  const terminal = await openTerminal(sessionId);
  const first = attach(terminal);
  await first.isAttached();
  first.type('env | sort; echo one > a.txt; echo en""d\n');
  await first.shows('end\r\n');
  expect(first.state.text).not.toMatch(/ANTHROPIC_(?!UNIX_SOCKET)|CLAUDE_SDK_PATTERN_(?!PROCESS)|csp_test_/);
  first.socket.terminate();
  const files = await request('GET', `/api/v1/sessions/${sessionId}/workspace/files`);
  expect(files.body).toMatchObject({ data: [{ path: 'a.txt' }] });
  const second = attach(terminal, { after: first.state.position });
  await second.isAttached();
  second.type('echo tw""o\n');
  await second.shows('two\r\n');
  const all = attach(terminal);
  await all.shows('two\r\n');
  expect(all.state.text.startsWith(first.state.text + second.state.text.slice(0, 20))).toBe(true);
  second.type('exit 3\n');
  await until('it is told', () => second.state.code === 1000);
  expect(second.state.frames.at(-1)).toEqual({ type: 'terminal.ended', end: { reason: 'exited', exit_code: 3 } });
  const audit = await request<{ data: { action: string; details: object }[] }>(
    'GET',
    '/api/v1/audit?action=terminal.end',
  );
  expect(audit.body.data[0]?.details).toMatchObject({ terminal_id: terminal.id, reason: 'exited', exit_code: 3 });
});

it('waits with a flood while its reader is slow, and the chat does not', async () => {
  const sessionId = await createSession();
  const terminal = await openTerminal(sessionId);
  const slow = attach(terminal, { acks: false });
  await slow.isAttached();
  slow.type('yes\n');
  await until('the window is full', () => slow.state.position === 256 * 1024);
  await using chat = await connectRawWebSocket(server, { apiKey: server.apiKey });
  await chat.request({ type: 'ping', id: randomUUID() });
  expect(slow.state.position).toBe(256 * 1024);
  slow.socket.terminate();
  await request('DELETE', `/api/v1/sessions/${sessionId}/terminals/${terminal.id}`);
});

it('is for those who may drive the session, and ends when that does, or the session, or the work of its people', async () => {
  const [owner, guest] = [await createUser('owner'), await createUser('guest')];
  const sessionId = await createSession(owner.key);
  const path = `/api/v1/sessions/${sessionId}/terminals`;
  const share = (level: string) =>
    request('PUT', `/api/v1/sessions/${sessionId}/shares/${guest.id}`, { body: { level }, key: owner.key });
  expect((await request('GET', path, { key: guest.key })).status).toBe(404);
  await share('view');
  expect((await request('GET', path, { key: guest.key })).status).toBe(403);
  expect((await request('POST', path, { body: SIZE, key: guest.key })).status).toBe(403);
  await share('drive');
  const theirs = await openTerminal(sessionId, guest.key);
  const client = attach(theirs, { key: guest.key });
  await client.isAttached();
  await share('view');
  await until('the connection ends', () => client.state.code === 4003);
  const list = () => request<{ data: TerminalResource[] }>('GET', path, { key: owner.key });
  await until('the terminal ends', async () => (await list()).body.data[0]?.end?.reason === 'rights');

  const own = await openTerminal(sessionId, owner.key);
  const stop = { scope: 'user', target_id: owner.id, reason: 'test' };
  const stopped = await request<{ id: string }>('POST', '/api/v1/stops', { body: stop });
  expect(stopped.status).toBe(201);
  await until(
    'it ends',
    async () => (await list()).body.data.find(({ id }) => id === own.id)?.end?.reason === 'stopped',
  );
  expect((await request('POST', path, { body: SIZE, key: owner.key })).status).toBe(403);
  await request('DELETE', `/api/v1/stops/${stopped.body.id}`);

  await openTerminal(sessionId, owner.key);
  await request('DELETE', `/v1/sessions/${sessionId}`, { key: owner.key });
  await until('the terminal has ended', async () =>
    (await listProcesses(server.dataDir)).every(({ command }) => !command.includes('run-terminal')),
  );
});

it('leaves nothing when the server is killed', async () => {
  const terminal = await openTerminal(await createSession());
  const client = attach(terminal);
  await client.isAttached();
  client.type('sleep 1000 & echo rea""dy\n');
  await client.shows('ready');
  expect((await listProcesses(join(server.dataDir, 'agents'))).length).toBeGreaterThan(1);
  await server.kill();
  await waitUntilGone(server.dataDir);
});
