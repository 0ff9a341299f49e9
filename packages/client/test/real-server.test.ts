import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, test, vi } from 'vitest';

import { createClient, foldPreviews, NO_PREVIEWS } from '../src/index.ts';
import { toMessage, useServer } from './use-server.ts';

const isEnd = (event: SessionEvent) => event.type === 'session.status_idle' && event.stop_reason.type === 'end_turn';

const server = await useServer();

function collect() {
  const events: SessionEvent[] = [];
  const seqs: number[] = [];
  return {
    events,
    seqs,
    onEvent(event: SessionEvent, seq: number) {
      events.push(event);
      seqs.push(seq);
    },
  };
}

test('runs a turn: previews grow into the message, and every event comes once and in order', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session, last_seq } = await client.createSession({ title: 'Real' });
  const { events, seqs, onEvent } = collect();
  let previews = NO_PREVIEWS;
  const texts: string[] = [];
  client.attach(session.id, {
    after: last_seq,
    onEvent,
    onPreview(preview) {
      previews = foldPreviews(previews, preview);
      texts.push(...Array.from(previews.values(), (shown) => shown.text));
    },
  });
  const sent = await client.send(session.id, toMessage('hello'));
  await until('the turn has ended', () => events.some(isEnd));
  expect(seqs).toEqual(Array.from(seqs, (_, index) => last_seq + index + 1));
  expect(events.find((event) => event.type === 'user.message')?.id).toBe(sent.events[0]?.id);
  const message = events.find((event) => event.type === 'agent.message');
  expect(message).toMatchObject({ content: [{ type: 'text', text: 'Hello from the model.' }] });
  expect(texts.length).toBeGreaterThan(1);
  expect(texts.every((shown) => 'Hello from the model.'.startsWith(shown))).toBe(true);
});

test('tells who follows a session that it was deleted, and does not ask for it again', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session } = await client.createSession({ title: 'Short-lived' });
  const attached = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  client.attach(session.id, {
    onEvent: () => undefined,
    onAttached: () => attached.resolve(),
    onError: (error) => errors.push(error),
  });
  await attached.promise;
  expect((await server.fetch(`/v1/sessions/${session.id}`, { method: 'DELETE' })).status).toBe(200);
  await until('it is told', () => errors.length > 0);
  // Whatever was asked before this answer has been answered, too.
  client.reconnectNow();
  await client.createSession({ title: 'Another' });
  expect(errors).toMatchObject([{ type: 'not_found_error', retryable: false }]);
});

test('goes on over a crash of the server in the middle of a turn, without loss or repeat', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session } = await client.createSession({ title: 'Crash' });
  const { events, seqs, onEvent } = collect();
  const streaming = Promise.withResolvers<void>();
  client.attach(session.id, {
    onEvent,
    onPreview: (preview) => preview.type === 'event_delta' && streaming.resolve(),
  });
  await client.send(session.id, toMessage('hold'));
  await streaming.promise;
  await server.kill();
  // Given while nobody is there to take it.
  const sent = client.send(session.id, toMessage('after'));
  await server.restart();
  client.reconnectNow();
  const [stored] = (await sent).events;
  await vi.waitFor(
    () => {
      expect(events.map(({ type }) => type).at(-1)).toBe('session.status_idle');
      expect(events.flatMap((event) => (event.type === 'session.turn_started' ? event.message_ids : []))).toContain(
        stored?.id,
      );
    },
    { timeout: 30_000 },
  );
  expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(events.filter((event) => event.type === 'user.message')).toHaveLength(2);
});
