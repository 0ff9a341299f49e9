import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, test, vi } from 'vitest';

import { createClient, foldPreviews, NO_PREVIEWS, type ClientError } from '../src/index.ts';
import { startChatServer, type ChatServer } from './chat-server.ts';
import { createHastyClock } from './manual-clock.ts';
import { untilState } from './eventually.ts';

const attaches = (server: ChatServer) => server.frames.filter((frame) => frame.type === 'session.attach');

function collect(): { seqs: number[]; onEvent: (event: SessionEvent, seq: number) => void } {
  const seqs: number[] = [];
  return { seqs, onEvent: (_event, seq) => seqs.push(seq) };
}

test('replays the events after the given seq, then the live ones', async () => {
  await using server = await startChatServer();
  for (const text of ['a', 'b', 'c']) server.append('sesn_a', text);
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  const attachment = client.attach('sesn_a', { after: 1, onEvent });
  await vi.waitFor(() => expect(seqs).toEqual([2, 3]));
  server.append('sesn_a', 'd');
  await vi.waitFor(() => expect(seqs).toEqual([2, 3, 4]));
  expect(attachment.lastSeq).toBe(4);
});

test('replays the events missed while disconnected, once', async () => {
  await using server = await startChatServer();
  server.append('sesn_a', 'a');
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  client.attach('sesn_a', { onEvent });
  await vi.waitFor(() => expect(seqs).toEqual([1]));
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  server.append('sesn_a', 'b');
  client.reconnectNow();
  await vi.waitFor(() => expect(seqs).toEqual([1, 2]));
  expect(attaches(server).map((frame) => frame.after)).toEqual([0, 1]);
});

test('asks again for what is missing when an event was skipped', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url });
  const { session } = await client.createSession();
  const { seqs, onEvent } = collect();
  const onAttached = vi.fn<() => void>();
  client.attach(session.id, { onEvent, onAttached });
  await vi.waitFor(() => expect(onAttached).toHaveBeenCalledTimes(1));
  server.copies = (seq) => (seq === 2 ? 0 : 2);
  server.append(session.id, 'a');
  server.append(session.id, 'b');
  server.copies = () => 1;
  server.append(session.id, 'c');
  await vi.waitFor(() => expect(seqs).toEqual([1, 2, 3]));
});

test('serves two followers of one session each from its own place', async () => {
  await using server = await startChatServer();
  for (const text of ['a', 'b', 'c']) server.append('sesn_a', text);
  await using client = createClient({ url: server.url });
  const first = collect();
  const second = collect();
  const attachment = client.attach('sesn_a', { after: 2, onEvent: first.onEvent });
  await vi.waitFor(() => expect(first.seqs).toEqual([3]));
  client.attach('sesn_a', { onEvent: second.onEvent });
  await vi.waitFor(() => expect(second.seqs).toEqual([1, 2, 3]));
  attachment.detach();
  server.append('sesn_a', 'd');
  await vi.waitFor(() => expect(second.seqs).toEqual([1, 2, 3, 4]));
  expect(first.seqs).toEqual([3]);
});

test('tells the server when nobody follows a session any more', async () => {
  await using server = await startChatServer();
  server.append('sesn_a', 'a');
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  const attachment = client.attach('sesn_a', { onEvent });
  await vi.waitFor(() => expect(seqs).toEqual([1]));
  attachment.detach();
  attachment.detach();
  await client.ping();
  expect(server.frames.map((frame) => frame.type)).toEqual(['session.attach', 'session.detach', 'ping']);
});

test('starts over when the journal was replaced by a shorter one', async () => {
  await using server = await startChatServer();
  for (const text of ['a', 'b', 'c']) server.append('sesn_a', text);
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  const onReset = vi.fn<() => void>(() => void seqs.splice(0));
  client.attach('sesn_a', { onEvent, onReset });
  await vi.waitFor(() => expect(seqs).toEqual([1, 2, 3]));
  server.journals.delete('sesn_a');
  server.append('sesn_a', 'x');
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  client.reconnectNow();
  await vi.waitFor(() => expect(seqs).toEqual([1]));
  expect(onReset).toHaveBeenCalledTimes(1);
});

test('says when a session cannot be followed, and does not ask again', async () => {
  await using server = await startChatServer();
  await using client = createClient({ url: server.url, clock: createHastyClock(20) });
  const error = await new Promise<ClientError>((resolve) => {
    client.attach('sesn_none', { onEvent: () => {}, onError: resolve });
  });
  expect(error).toMatchObject({ type: 'not_found_error', retryable: false });
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  await untilState(client, 'live');
  await client.ping();
  expect(attaches(server)).toHaveLength(1);
});

test('goes on trying to follow while the server is overloaded', async () => {
  await using server = await startChatServer();
  server.append('sesn_a', 'a');
  let refusals = 6;
  server.decide = () => ((refusals -= 1) >= 0 ? { type: 'overloaded_error', message: 'full' } : 'serve');
  await using client = createClient({ url: server.url, clock: createHastyClock(100) });
  const { seqs, onEvent } = collect();
  const onError = vi.fn<(error: ClientError) => void>();
  client.attach('sesn_a', { onEvent, onError });
  await vi.waitFor(() => expect(seqs).toEqual([1]));
  expect(onError).toHaveBeenCalledTimes(1);
});

test('passes previews on, from the answer to the attach onwards', async () => {
  await using server = await startChatServer();
  server.append('sesn_a', 'a');
  await using client = createClient({ url: server.url });
  let previews = NO_PREVIEWS;
  const texts: string[] = [];
  const { seqs, onEvent } = collect();
  client.attach('sesn_a', {
    onEvent(event, seq) {
      previews = foldPreviews(previews, event);
      onEvent(event, seq);
    },
    onPreview(preview) {
      previews = foldPreviews(previews, preview);
      texts.push(...Array.from(previews.values(), ({ text }) => text));
    },
  });
  await vi.waitFor(() => expect(seqs).toEqual([1]));
  const event_id = 'sevt_sesn_a_2';
  server.preview('sesn_a', { type: 'event_start', event: { type: 'agent.message', id: event_id } });
  for (const text of ['Hel', 'lo']) {
    const delta = { type: 'content_delta' as const, index: 0, content: { type: 'text' as const, text } };
    server.preview('sesn_a', { type: 'event_delta', event_id, delta });
  }
  server.append('sesn_a', 'Hello');
  await vi.waitFor(() => expect(seqs).toEqual([1, 2]));
  expect(texts).toEqual(['', 'Hel', 'Hello']);
  expect(previews.size).toBe(0);
});

test('opens a long history at its end, and goes on from there after a reconnect', async () => {
  await using server = await startChatServer();
  for (let n = 1; n <= 10; n += 1) server.append('sesn_a', String(n));
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  const onAttached = vi.fn<(attached: { lastSeq: number; firstSeq: number }) => void>();
  const attachment = client.attach('sesn_a', { tail: 2, onEvent, onAttached });
  expect(attachment.firstSeq).toBeUndefined();
  await vi.waitFor(() => expect(seqs).toEqual([9, 10]));
  expect(attachment.firstSeq).toBe(9);
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  for (const text of ['a', 'b', 'c']) server.append('sesn_a', text);
  client.reconnectNow();
  await vi.waitFor(() => expect(seqs).toEqual([9, 10, 11, 12, 13]));
  expect(attachment.firstSeq).toBe(9);
  expect(onAttached.mock.calls.map(([{ firstSeq, lastSeq }]) => [firstSeq, lastSeq])).toEqual([
    [9, 10],
    [9, 13],
  ]);
  expect(attaches(server).map(({ after, tail }) => [after, tail])).toEqual([
    [0, 2],
    [10, undefined],
  ]);
});

test.each([
  ['the longer tail', { tail: 4 }, [7, 8, 9, 10]],
  ['the shorter tail', { tail: 1 }, [10]],
  ['all of it', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
])('gives a second follower %s, and the first one nothing twice', async (_, options, expected) => {
  await using server = await startChatServer();
  for (let n = 1; n <= 10; n += 1) server.append('sesn_a', String(n));
  await using client = createClient({ url: server.url });
  const first = collect();
  const second = collect();
  client.attach('sesn_a', { tail: 2, onEvent: first.onEvent });
  await vi.waitFor(() => expect(first.seqs).toEqual([9, 10]));
  const attachment = client.attach('sesn_a', { ...options, onEvent: second.onEvent });
  await vi.waitFor(() => expect(second.seqs).toEqual(expected));
  expect(attachment.firstSeq).toBe(expected[0]);
  await client.ping();
  expect(first.seqs).toEqual([9, 10]);
});

test('begins at the end of a journal that was replaced by a shorter one', async () => {
  await using server = await startChatServer();
  for (let n = 1; n <= 5; n += 1) server.append('sesn_a', String(n));
  await using client = createClient({ url: server.url });
  const { seqs, onEvent } = collect();
  client.attach('sesn_a', { after: 3, tail: 1, onEvent, onReset: () => void seqs.splice(0) });
  await vi.waitFor(() => expect(seqs).toEqual([5]));
  server.journals.delete('sesn_a');
  for (const text of ['x', 'y']) server.append('sesn_a', text);
  server.disconnectAll();
  await untilState(client, 'reconnecting');
  client.reconnectNow();
  await vi.waitFor(() => expect(seqs).toEqual([2]));
});
