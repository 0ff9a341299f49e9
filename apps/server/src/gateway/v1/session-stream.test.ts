import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { openJournalHarness, toDelta, toMessage, toStart } from '../../journal/fixtures/journal-harness.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { streamEvents, type EventSource, type StreamOptions } from './session-stream.ts';

/** A real HTTP server that streams one real journal. */
async function serveStream(
  options: Partial<Pick<StreamOptions, 'extensions' | 'deltas'>> & { beforeAttach?: Promise<void> } = {},
) {
  const harness = await openJournalHarness();
  const metrics = createMetrics();
  const { extensions = false, deltas = [], beforeAttach } = options;
  const state = { requests: 0, open: 0 };
  const ends = new Set<Parameters<EventSource['attach']>[2]['onEnded']>();
  const sessions: EventSource = {
    async attach(_actor, sessionId, { after, subscriber, onReady, onEnded }) {
      state.requests += 1;
      await beforeAttach;
      onReady({ session: {} as SessionResource, last_seq: after });
      const subscription = harness.journal.subscribe(sessionId, after, subscriber);
      state.open += 1;
      ends.add(onEnded);
      let isOpen = true;
      return {
        close() {
          if (isOpen) state.open -= 1;
          isOpen = false;
          ends.delete(onEnded);
          subscription.close();
        },
      };
    },
  };
  const app = fastify();
  app.get('/stream', (_request, reply) =>
    streamEvents(reply, {
      ...{ sessions, metrics },
      actor: toTestActor('user_1'),
      access: { onRevoked: () => undefined, hold: () => undefined },
      sessionId: harness.sessionId,
      after: 0,
      extensions,
      deltas,
    }),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    ...{ harness, metrics, state },
    ends,
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/stream`,
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}

async function open(url: string): Promise<IncomingMessage> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function readUntil(response: IncomingMessage, end: string): Promise<string> {
  let text = '';
  response.on('data', (chunk) => (text += String(chunk)));
  await until(end, () => text.includes(end));
  return text;
}

const notice = (id: string) =>
  ({ id, processed_at: '2026-02-01T12:00:00.000Z', type: 'session.notice', level: 'info', text: 'seen' }) as const;

it('names each event and its seq, and leaves out what stock clients do not know', async () => {
  await using served = await serveStream();
  await served.harness.append(toMessage('sevt_1', 'one'), notice('sevt_2'));
  const response = await open(served.url);
  expect(response.headers['content-type']).toBe('text/event-stream');
  served.harness.preview(toStart('sevt_3'));
  await served.harness.append(toMessage('sevt_3', 'three'));
  const text = await readUntil(response, 'id: 3');
  expect(text.match(/^(event|id): .*$/gm)).toEqual(['event: agent.message', 'id: 1', 'event: agent.message', 'id: 3']);
  response.destroy();
});

it('has extension events and deltas for who asks', async () => {
  await using served = await serveStream({ extensions: true, deltas: ['agent.message'] });
  served.harness.preview(toStart('sevt_2'));
  served.harness.preview(toDelta('sevt_2', 'so far'));
  await served.harness.append(notice('sevt_1'));
  const response = await open(served.url);
  const text = await readUntil(response, 'so far');
  expect(text.match(/^event: .*$/gm)).toEqual(['event: session.notice', 'event: event_start', 'event: event_delta']);
  response.destroy();
});

it.each([
  ['deleted', 'session.deleted'],
  ['unshared', '"permission_error"'],
] as const)('ends when its session is %s', async (end, last) => {
  await using served = await serveStream();
  await served.harness.append(toMessage('sevt_1', 'one'));
  const response = await open(served.url);
  const closed = once(response, 'end');
  const reading = readUntil(response, last);
  await served.harness.append(toMessage('sevt_2', 'still here'));
  for (const onEnded of served.ends) onEnded(end);
  expect((await reading).match(/^event: .*$/gm)).toEqual([
    'event: agent.message',
    'event: agent.message',
    end === 'deleted' ? 'event: session.deleted' : 'event: error',
  ]);
  await closed;
  await until('nobody reads', () => served.ends.size === 0 && served.state.open === 0);
});

it('lets go of the journal when the client leaves', async () => {
  await using served = await serveStream();
  const response = await open(served.url);
  expect(served.state.open).toBe(1);
  response.destroy();
  await until('the subscription is closed', () => served.state.open === 0);
});

it('lets go of the journal when the client left before it was attached', async () => {
  const gate = Promise.withResolvers<void>();
  await using served = await serveStream({ beforeAttach: gate.promise });
  const request = get(served.url, { agent: false });
  request.on('error', () => undefined);
  await until('the request has come', () => served.state.requests === 1);
  const gone = new Promise((resolve) => void request.once('close', resolve));
  request.destroy();
  await gone;
  const other = get(served.url, { agent: false });
  other.on('error', () => undefined);
  await until('the server has seen it go', () => served.state.requests === 2);
  gate.resolve();
  await once(other, 'response');
  await until('only the other one reads', () => served.state.open === 1);
  other.destroy();
  await until('nobody reads', () => served.state.open === 0);
});

it('cuts off a client that does not read, and goes on serving others', async () => {
  await using served = await serveStream();
  const slow = await open(served.url);
  slow.pause();
  slow.on('error', () => undefined);
  const text = 'x'.repeat(1024 * 1024);
  for (let n = 1; n <= 50 && served.state.open > 0; n += 1) {
    await served.harness.append(toMessage(`sevt_a${n}`, text), toMessage(`sevt_b${n}`, text));
  }
  await until('the slow one is cut off', () => served.state.open === 0);
  const measured = await served.metrics.render();
  expect(measured).toContain('csp_slow_readers_total{kind="session"} 1');
  expect(measured).toContain('csp_event_streams{kind="session"} 0');
  const other = await open(served.url);
  await readUntil(other, 'id: 1\n');
  other.destroy();
});
