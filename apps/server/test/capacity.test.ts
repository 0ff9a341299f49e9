import { hang, say } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

let gate = Promise.withResolvers<void>();
const { model, server } = await useStage(
  [
    { match: { userText: 'take long' }, reply: () => [hang({ until: gate.promise }), say('Done at last.')] },
    { reply: [say('Done.')] },
  ],
  { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1', CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' },
);

it('gives the place of a session to one that waits as soon as its turn is over', async () => {
  await using busy = await openBusyChat(server);
  await using waiting = await openChat(server);
  await waiting.say('hello');
  expect(await waiting.waitForEvent('session.process_queued')).toMatchObject({ position: 1 });
  gate.resolve();
  await busy.waitForTurns(1);
  await waiting.waitForTurns(1);
  expect(textsOf(busy)).toEqual(['Done at last.']);
  expect(textsOf(waiting)).toEqual(['Done.']);
  await busy.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'capacity');
});

it('stores two places of each session in a queue, and tells those between live, also to a reader who comes later', async () => {
  await using busy = await openBusyChat(server);
  await using stack = new AsyncDisposableStack();
  const waiting: Chat[] = [];
  for (const place of [1, 2, 3, 4, 5]) {
    const chat = stack.use(await openChat(server));
    await chat.say('hello');
    expect(await chat.waitForEvent('session.process_queued')).toMatchObject({ position: place });
    waiting.push(chat);
  }
  const [, second, , , last] = waiting;
  if (!second || !last) throw new Error('Five wait');
  await second.send({ type: 'user.interrupt' });
  const fourth = await last.socket.waitFor((frame) => frame.type === 'preview');
  expect(fourth).toMatchObject({ session_id: last.sessionId, event: { type: 'queue_position', position: 4 } });
  await using late = await openChat(server, { sessionId: last.sessionId });
  await late.socket.waitFor((frame) => frame.type === 'preview');
  gate.resolve();
  await busy.waitForTurns(1);
  for (const chat of waiting) await chat.waitForTurns(1);
  const places = ({ socket }: Chat) =>
    socket.frames.flatMap((frame) => {
      if (frame.type === 'preview' && frame.event.type === 'queue_position') return [frame.event.position];
      return frame.type === 'event' && frame.event.type === 'session.process_queued' ? [frame.event.position] : [];
    });
  expect(waiting.map((chat) => places(chat))).toEqual([[1], [2], [3, 2, 1], [4, 3, 2, 1], [5, 4, 3, 2, 1]]);
  expect(places(late)).toEqual([5, 4, 3, 2, 1]);
  const stored = waiting.map((chat) => chat.eventsOf('session.process_queued').map(({ position }) => position));
  expect(stored).toEqual([[1], [2], [3, 1], [4, 1], [5, 1]]);
});

it('ends a turn that waits for a place when a person interrupts it, and keeps its message for the next', async () => {
  await using busy = await openBusyChat(server);
  await using waiting = await openChat(server);
  await waiting.say('hello');
  await waiting.waitForEvent('session.process_queued');
  await waiting.send({ type: 'user.interrupt' });
  await waiting.waitForTurns(1);
  expect(waiting.eventsOf('session.turn_completed')[0]).toMatchObject({ outcome: 'interrupted' });
  expect(busy.eventsOf('session.turn_completed')).toEqual([]);
  gate.resolve();
  await busy.waitForTurns(1);
  await waiting.say('hello again');
  await waiting.waitForTurns(2);
  await waiting.say('and once more');
  await waiting.waitForTurns(3);
  const texts = model.requests.findLast(({ conversation }) => conversation?.userText.includes('and once more'))
    ?.conversation?.userTexts;
  expect(texts?.join(' | ').match(/hello again|hello|and once more/g)).toEqual([
    'hello',
    'hello again',
    'and once more',
  ]);
});

it('reads the files of a message only when a process takes it', async () => {
  await using busy = await openBusyChat(server);
  await using waiting = await openChat(server);
  const form = new FormData();
  form.set('file', new Blob(['read me']), 'note.txt');
  const { id } = (await (await server.fetch('/v1/files', { method: 'POST', body: form })).json()) as { id: string };
  await waiting.send({ type: 'user.message', content: [{ type: 'document', source: { type: 'file', file_id: id } }] });
  await waiting.waitForEvent('session.process_queued');
  await server.fetch(`/v1/files/${id}`, { method: 'DELETE' });
  gate.resolve();
  await busy.waitForTurns(1);
  await waiting.waitForTurns(1);
  expect(JSON.stringify(model.requests.at(-1))).toContain(`[The file ${id} is gone.]`);
});

describe('a full server', () => {
  let full: TestServer;

  beforeAll(async () => {
    full = await startServer({
      upstreamUrl: model.url,
      environment: {
        CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1',
        CLAUDE_SDK_PATTERN_MAX_QUEUED_PER_USER: '1',
        CLAUDE_SDK_PATTERN_QUEUE_TIMEOUT_SECONDS: '1',
      },
    });
  });
  afterAll(async () => full?.[Symbol.asyncDispose]());

  it('refuses a message whose turn could not even wait, and stores nothing of it', async () => {
    await using busy = await openBusyChat(full);
    await using waiting = await openChat(full);
    await using refused = await openChat(full);
    await waiting.say('hello');
    await waiting.waitForEvent('session.process_queued');
    const content = [{ type: 'text', text: 'hello' }];
    const events = [{ type: 'user.message', content }];
    const answer = await refused.socket.request({ type: 'session.send', session_id: refused.sessionId, events });
    expect(answer).toMatchObject({ type: 'error', error: { type: 'overloaded_error' }, retry_after_ms: 30_000 });
    const response = await fetch(`${full.url}/v1/sessions/${refused.sessionId}/events`, {
      method: 'POST',
      headers: { 'x-api-key': full.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([529, '30']);
    expect(refused.eventsOf('user.message')).toEqual([]);
    gate.resolve();
    await busy.waitForTurns(1);
    await waiting.waitForTurns(1);
  });

  it('ends a turn that has waited for too long as overloaded, and its message is answered with the next', async () => {
    await using busy = await openBusyChat(full);
    await using waiting = await openChat(full);
    await waiting.say('hello');
    const { error } = await waiting.waitForEvent('session.error');
    expect(error).toMatchObject({
      type: 'overloaded_error',
      retry_status: { type: 'exhausted' },
      retry_after_ms: 30_000,
    });
    await waiting.waitForEvent('session.status_idle', (idle) => idle.stop_reason.type === 'retries_exhausted');
    expect(busy.eventsOf('session.turn_completed')).toEqual([]);
    gate.resolve();
    await busy.waitForTurns(1);
    await waiting.say('hello again');
    await waiting.waitForTurns(2);
    expect(textsOf(waiting)).toContain('Done.');
  });
});

describe('memory', () => {
  it('bounds processes as well as their number does: one always runs, the next waits for its place', async () => {
    await using small = await startServer({
      upstreamUrl: model.url,
      environment: { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '5', CLAUDE_SDK_PATTERN_MIN_FREE_MEMORY_MB: '99999999' },
    });
    await using busy = await openBusyChat(small);
    await using waiting = await openChat(small);
    await waiting.say('hello');
    expect(await waiting.waitForEvent('session.process_queued')).toMatchObject({ position: 1 });
    gate.resolve();
    await waiting.waitForTurns(1);
    await busy.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'capacity');
  });
});

/** A chat whose turn goes on until `gate` opens, and so keeps the only place. */
async function openBusyChat(on: TestServer): Promise<Chat> {
  gate = Promise.withResolvers();
  const chat = await openChat(on);
  await chat.say('take long');
  await chat.waitForEvent('span.model_request_start');
  return chat;
}
