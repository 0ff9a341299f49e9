import type { ClientFrame } from '@claude-sdk-pattern/protocol';
import { expect, test, vi } from 'vitest';

import { createClient } from '../src/index.ts';
import { startChatServer, type ChatServer } from './chat-server.ts';
import { createHastyClock, createManualClock } from './manual-clock.ts';
import { untilState } from './eventually.ts';

const text = (value: string) => [{ type: 'user.message' as const, content: [{ type: 'text' as const, text: value }] }];
const sends = (server: ChatServer) => server.frames.filter((frame) => frame.type === 'session.send');

test('sends a message again under the same id when its answer was lost, and it is stored once', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock: createHastyClock(20) });
  const { session } = await client.createSession();
  server.decide = failFirst('session.send', 'drop-after');
  const { events } = await client.send(session.id, text('hello'));
  expect(events).toEqual([{ id: expect.any(String), seq: 1 }]);
  expect(server.journals.get(session.id)).toHaveLength(1);
  expect(new Set(sends(server).map((frame) => frame.id)).size).toBe(1);
  expect(sends(server)).toHaveLength(2);
});

test('keeps a message that was given while disconnected', async () => {
  const clock = createManualClock();
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock });
  const { session } = await client.createSession();
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  const sent = client.send(session.id, text('hello'));
  client.reconnectNow();
  expect((await sent).events).toHaveLength(1);
});

test('repeats a request that the server may serve shortly, under the same id', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock: createHastyClock(20) });
  server.decide = failFirst('session.create', {
    error: { type: 'overloaded_error', message: 'full' },
    retry_after_ms: 100,
  });
  const { session } = await client.createSession({ title: 'a' });
  expect(session.id).toBe('sesn_1');
  expect(new Set(server.frames.map((frame) => frame.id)).size).toBe(1);
});

test('tells the caller when the wait would be long, with the time to wait', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  server.decide = () => ({
    error: { type: 'rate_limit_error', message: 'slow down', details: { code: 'rate_limited' } },
    retry_after_ms: 60_000,
  });
  await expect(client.createSession()).rejects.toMatchObject({
    type: 'rate_limit_error',
    code: 'rate_limited',
    message: 'slow down',
    retryAfterMs: 60_000,
    retryable: true,
  });
});

test('does not repeat a request that cannot succeed', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  server.decide = () => ({ type: 'invalid_request_error', message: 'no' });
  await expect(client.createSession()).rejects.toMatchObject({ type: 'invalid_request_error', retryable: false });
  expect(server.frames).toHaveLength(1);
});

test('keeps the order of messages when the first has to be repeated, and lets an interrupt pass', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock: createHastyClock(20) });
  const { session } = await client.createSession();
  server.decide = failFirst('session.send', { error: { type: 'api_error', message: 'storage' }, retry_after_ms: 400 });
  await Promise.all([
    client.send(session.id, text('one')),
    client.send(session.id, text('two')),
    client.send(session.id, [{ type: 'user.interrupt' }]),
  ]);
  const stored = (server.journals.get(session.id) ?? []).map((event) => JSON.stringify(event));
  expect(stored.map((event) => /one|two|user.interrupt/.exec(event)?.[0])).toEqual(['user.interrupt', 'one', 'two']);
});

test('refuses a frame that the server would hang up on', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  await untilState(client, 'live');
  await expect(client.send('sesn_1', text('x'.repeat(1024 * 1024)))).rejects.toMatchObject({
    type: 'request_too_large',
  });
  expect(server.frames).toEqual([]);
});

test('updates, forks, withdraws and tries again', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  const { session } = await client.createSession();
  expect((await client.updateSession(session.id, { title: 'Renamed' })).session.title).toBe('Renamed');
  expect((await client.forkSession(session.id, { afterEventId: 'sevt_1', title: 'Fork' })).session.id).toBe('sesn_2');
  await client.withdraw(session.id, 'sevt_1');
  await client.retryNow(session.id);
  expect(server.frames.slice(1)).toMatchObject([
    { type: 'session.update', title: 'Renamed' },
    { type: 'session.fork', after_event_id: 'sevt_1', title: 'Fork' },
    { type: 'session.withdraw', event_id: 'sevt_1' },
    { type: 'session.retry_now', session_id: session.id },
  ]);
});

test('watches the list of sessions, and watches again after a reconnect', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  const seen: string[] = [];
  const stop = client.watchSessions({
    onSession: (session) => seen.push(`changed ${session.id}`),
    onDeleted: (id) => seen.push(`deleted ${id}`),
    onWatching: () => seen.push('watching'),
  });
  await vi.waitFor(() => expect(seen).toEqual(['watching']));
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  client.reconnectNow();
  await vi.waitFor(() => expect(seen).toEqual(['watching', 'watching']));
  server.broadcast({ type: 'session.deleted', session_id: 'sesn_9' });
  await vi.waitFor(() => expect(seen).toContain('deleted sesn_9'));
  stop();
  server.broadcast({ type: 'session.deleted', session_id: 'sesn_10' });
  await client.ping();
  expect(seen).not.toContain('deleted sesn_10');
});

function failFirst(type: ClientFrame['type'], fate: ReturnType<ChatServer['decide']>): ChatServer['decide'] {
  let failed = false;
  return (frame) => {
    if (failed || frame.type !== type) return 'serve';
    failed = true;
    return fate;
  };
}

test('keeps a bounded amount for a server that is away, and takes more once that has gone', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock: createManualClock() });
  const { session } = await client.createSession();
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  const large = 'x'.repeat(1000 * 1024);
  const sent = Array.from({ length: 16 }, () => client.send(session.id, text(large)));
  await expect(client.send(session.id, text(large))).rejects.toMatchObject({ type: 'overloaded_error' });
  client.reconnectNow();
  await Promise.all(sent);
  expect((await client.send(session.id, text(large))).events).toHaveLength(1);
});

test('refuses the id of a request that still waits, whose first caller would be forgotten', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  server.decide = () => 'ignore';
  const first = client.createSession({}, { id: 'twice' });
  await expect(client.createSession({}, { id: 'twice' })).rejects.toMatchObject({ type: 'invalid_request_error' });
  await client.close();
  await expect(first).rejects.toMatchObject({ type: 'connection_closed' });
});
