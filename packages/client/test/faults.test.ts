import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createClient, type Client, type ClientOptions } from '../src/index.ts';
import { untilState } from './eventually.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createHastyClock } from './manual-clock.ts';

const text = (value: string) => [{ type: 'user.message' as const, content: [{ type: 'text' as const, text: value }] }];

let model: Awaited<ReturnType<typeof startScriptedModel>>;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({ scenarios: [{ match: {}, reply: [say('Hello from the model.')] }] });
  server = await startServer({ upstreamUrl: model.url });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

const connect = (to: { url: string }, options: Partial<ClientOptions> = {}) =>
  createClient({ url: to.url, apiKey: server.apiKey, ...options });

function follow(client: Client, sessionId: string) {
  const events: SessionEvent[] = [];
  const seqs: number[] = [];
  client.attach(sessionId, {
    onEvent(event, seq) {
      events.push(event);
      seqs.push(seq);
    },
  });
  return {
    seqs,
    messages: () => events.filter((event) => event.type === 'user.message').map(({ id }) => id),
    turns: () => events.filter((event) => event.type === 'session.turn_completed').length,
  };
}

/** 1, 2, 3 … */
const expectGapless = (seqs: readonly number[]) => expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1));

async function listMessages(sessionId: string): Promise<string[]> {
  const response = await server.fetch(`/v1/sessions/${sessionId}/events?limit=1000`);
  const { data } = (await response.json()) as { data: SessionEvent[] };
  return data.filter((event) => event.type === 'user.message').map(({ id }) => id);
}

/** Lets the server take the client's frames and loses its answers, then kills it and lets both find each other again. */
async function killBetweenTakingAndAnswering(client: Client, proxy: FaultProxy, taken: () => Promise<boolean>) {
  await until('the server has taken it', taken);
  await server.kill();
  proxy.thaw();
  proxy.cut();
  await server.restart();
  client.reconnectNow();
}

describe('with a server that is killed after it took a request and before its answer arrived', () => {
  test('a message is stored once, and its sender gets the answer', async () => {
    await using proxy = await startFaultProxy(server);
    await using client = connect(proxy);
    const { session } = await client.createSession();
    proxy.deafen();
    const sending = client.send(session.id, text('once'));
    await killBetweenTakingAndAnswering(client, proxy, async () => (await listMessages(session.id)).length === 1);
    const [stored] = (await sending).events;
    const followed = follow(client, session.id);
    await until('the turn has ended', () => followed.turns() === 1);
    expect(followed.messages()).toEqual([stored?.id]);
    expectGapless(followed.seqs);
  });

  test.each([
    ['created', (client: Client, title: string, _source: string) => client.createSession({ title })],
    ['forked', (client: Client, title: string, source: string) => client.forkSession(source, { title })],
  ])('a session is %s once', async (how, make) => {
    const title = `Made once, ${how}`;
    const find = async () => {
      const response = await server.fetch(`/v1/sessions?search=${encodeURIComponent(title)}`);
      return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    await using proxy = await startFaultProxy(server);
    await using client = connect(proxy);
    const { session: source } = await client.createSession();
    proxy.deafen();
    const making = make(client, title, source.id);
    await killBetweenTakingAndAnswering(client, proxy, async () => (await find()).length === 1);
    const { session } = await making;
    expect(await find()).toEqual([session.id]);
  });
});

describe('with a line that fails', () => {
  test('nothing is lost or doubled when it is cut again and again under two clients of one session', async () => {
    await using proxy = await startFaultProxy(server);
    await using sender = connect(proxy, { clock: createHastyClock(5) });
    await using reader = connect(proxy, { clock: createHastyClock(5) });
    const { session } = await sender.createSession();
    const seen = [follow(sender, session.id), follow(reader, session.id)];
    const sent: Promise<{ events: { id: string }[] }>[] = [];
    for (let round = 1; round <= 6; round += 1) {
      sent.push(sender.send(session.id, text(`message ${round}`)));
      proxy.delay(round % 2 === 0 ? 20 : 0);
      proxy.cut();
      sender.reconnectNow();
      reader.reconnectNow();
      await sender.ping();
    }
    const ids = (await Promise.all(sent)).map(({ events }) => events[0]?.id);
    await until('both have read all', () => seen.every((each) => each.messages().length === ids.length));
    for (const each of seen) {
      expect(each.messages()).toEqual(ids);
      expectGapless(each.seqs);
    }
  });

  test('a half-open connection is noticed, and what was sent into it arrives once', async () => {
    await using proxy = await startFaultProxy(server);
    await using client = connect(proxy, { clock: createHastyClock(5) });
    const { session } = await client.createSession();
    const followed = follow(client, session.id);
    await client.ping();
    proxy.freeze();
    const sending = client.send(session.id, text('into the void'));
    await untilState(client, 'reconnecting');
    proxy.thaw();
    client.reconnectNow();
    const [stored] = (await sending).events;
    await until('the turn has ended', () => followed.turns() === 1);
    expect(followed.messages()).toEqual([stored?.id]);
    expectGapless(followed.seqs);
    expect(client.state).toMatchObject({ state: 'live', transport: 'websocket' });
  });
});

test('a key that is revoked while the line is down ends the client, and what still waits is rejected', async () => {
  await using admin = connect(server);
  const post = (path: string, init: RequestInit) =>
    server.fetch(path, { ...init, headers: { 'content-type': 'application/json' } });
  const made = await post('/api/v1/api-keys', { method: 'POST', body: JSON.stringify({ name: 'short-lived' }) });
  const { id, key } = (await made.json()) as { id: string; key: string };
  await using proxy = await startFaultProxy(server);
  await using client = connect(proxy, { apiKey: key });
  const { session } = await client.createSession();
  // Down before the key ends, or else the server's own close could come first.
  proxy.upgrades = 'hang';
  proxy.cut();
  await untilState(client, 'reconnecting');
  await server.fetch(`/api/v1/api-keys/${id}`, { method: 'DELETE' });
  const sending = client.send(session.id, text('too late')).catch((error: unknown) => error);
  proxy.upgrades = 'pass';
  proxy.cut();
  expect(await untilState(client, 'closed')).toEqual({ state: 'closed', reason: 'unauthenticated' });
  expect(await sending).toMatchObject({ type: 'authentication_error' });
  expect(await admin.ping()).toBeGreaterThanOrEqual(0);
});
