import { hang, say } from '@claude-sdk-pattern/scripted-model';
import { connectRawWebSocket } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const gate = Promise.withResolvers<void>();
const { server } = await useStage(
  [
    { match: { userText: 'take long' }, reply: () => [hang({ until: gate.promise }), say('Done at last.')] },
    { reply: [say('Done.')] },
  ],
  {
    CLAUDE_SDK_PATTERN_MAX_STORED_SESSIONS_PER_USER: '3',
    CLAUDE_SDK_PATTERN_MAX_RUNNING_SESSIONS_PER_USER: '1',
    CLAUDE_SDK_PATTERN_MAX_QUEUED_MESSAGES_PER_SESSION: '2',
    CLAUDE_SDK_PATTERN_MAX_CONNECTIONS_PER_USER: '3',
    CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE: '300',
    CLAUDE_SDK_PATTERN_MAX_NEW_SESSIONS_PER_MINUTE: '20',
    CLAUDE_SDK_PATTERN_MAX_FILES_PER_USER: '2',
    CLAUDE_SDK_PATTERN_MAX_FILES_MB_PER_USER: '1',
  },
);

const toMessage = (text: string) => ({ type: 'user.message' as const, content: [{ type: 'text' as const, text }] });

it('bounds sessions, turns, waiting messages and connections of a user, and says the number', async () => {
  await using busy = await openChat(server);
  await using other = await openChat(server);
  const sendTo = (sessionId: string, text: string) =>
    busy.socket.request({ type: 'session.send', session_id: sessionId, events: [toMessage(text)] });

  // Connections.
  await using third = await connectRawWebSocket(server, { apiKey: server.apiKey });
  await expect(connectRawWebSocket(server, { apiKey: server.apiKey })).rejects.toThrow('429');
  const stream = await server.fetch(`/v1/sessions/${busy.sessionId}/events/stream`);
  expect(stream.status).toBe(429);
  expect(await stream.json()).toMatchObject({
    error: { type: 'rate_limit_error', details: { limit: 3, connections: 3 } },
  });
  expect(stream.headers.get('retry-after')).toBe('5');
  await third.request({ type: 'ping' });

  // Turns, and messages that wait for one.
  await busy.say('take long');
  await busy.waitForEvent('session.status_running');
  expect(await sendTo(other.sessionId, 'me too')).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', details: { limit: 1, running: 1 } },
  });
  await busy.say('second');
  const [last] = await busy.say('third');
  expect(await sendTo(busy.sessionId, 'fourth')).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', details: { limit: 2, waiting: 2 } },
  });
  await busy.socket.request({ type: 'session.withdraw', session_id: busy.sessionId, event_id: last?.id });
  expect(await sendTo(busy.sessionId, 'fourth')).toMatchObject({ type: 'reply' });
  gate.resolve();
  await busy.waitForTurns(3);

  // Sessions, archived ones included; the same request again is still answered as the first time.
  const create = { type: 'session.create', id: 'the third' };
  const created = await third.request(create);
  expect(created).toMatchObject({ type: 'reply' });
  const { session } = (created as unknown as { result: { session: { id: string } } }).result;
  await server.fetch(`/v1/sessions/${session.id}/archive`, { method: 'POST' });
  const refused = { type: 'invalid_request_error', details: { code: 'quota_exceeded', limit: 3 } };
  expect(await third.request({ type: 'session.create' })).toMatchObject({ type: 'error', error: refused });
  expect(await third.request({ type: 'session.fork', session_id: busy.sessionId })).toMatchObject({ error: refused });
  expect(await third.request(create)).toEqual(created);
  await server.fetch(`/v1/sessions/${session.id}`, { method: 'DELETE' });
  expect(await third.request({ type: 'session.fork', session_id: busy.sessionId })).toMatchObject({ type: 'reply' });
});

it('bounds the files of a user by their number and by their size', async () => {
  const upload = (bytes: number) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(bytes)]), 'a.bin');
    return server.fetch('/v1/files', { method: 'POST', body: form });
  };
  const first = (await (await upload(1000)).json()) as { id: string };
  const tooLarge = await upload(1024 * 1024);
  expect(tooLarge.status).toBe(400);
  expect(await tooLarge.json()).toMatchObject({
    error: {
      type: 'invalid_request_error',
      message: expect.stringContaining('may have 2 files of 1 MB'),
      details: { code: 'quota_exceeded', limit: 2, limit_bytes: 1024 * 1024, count: 1, bytes: 1000 },
    },
  });
  expect((await upload(1000)).status).toBe(200);
  expect((await upload(1)).status).toBe(400);
  await server.fetch(`/v1/files/${first.id}`, { method: 'DELETE' });
  expect((await upload(1)).status).toBe(200);
});

// The last ones: for a minute the key can do nothing more.
it('bounds how many sessions a user makes, and how many requests and frames a key sends, in a minute', async () => {
  await using socket = await connectRawWebSocket(server, { apiKey: server.apiKey });
  const refusal = { type: 'rate_limit_error', details: { limit: 20 } };
  const creating = Array.from({ length: 20 }, () => socket.request({ type: 'session.create' }));
  expect((await Promise.all(creating)).at(-1)).toMatchObject({ type: 'error', error: refusal });

  const pinging = Array.from({ length: 300 }, () => socket.request({ type: 'ping' }));
  expect((await Promise.all(pinging)).at(-1)).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', details: { limit: 300 } },
    retry_after_ms: expect.any(Number),
  });
  const response = await server.fetch('/v1/sessions');
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await server.fetch('/health/ready')).status).toBe(200);
});
