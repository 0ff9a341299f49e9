import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, test } from 'vitest';

import { createClient, foldPreviews, NO_PREVIEWS, type Client, type ClientOptions } from '../src/index.ts';
import { untilState } from './eventually.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createHastyClock } from './manual-clock.ts';
import { toMessage, useServer } from './use-server.ts';

const server = await useServer();

async function startBlockedProxy(how: 'refuse' | 'hang' = 'refuse'): Promise<FaultProxy> {
  return Object.assign(await startFaultProxy(server), { upgrades: how });
}

const connect = (to: { url: string }, options: Partial<ClientOptions> = {}) =>
  createClient({ url: to.url, apiKey: server.apiKey, ...options });

function follow(client: Client, sessionId: string, options: { tail?: number } = {}) {
  const events: SessionEvent[] = [];
  const seqs: number[] = [];
  const texts: string[] = [];
  let previews = NO_PREVIEWS;
  const attachment = client.attach(sessionId, {
    ...options,
    onEvent(event, seq) {
      events.push(event);
      seqs.push(seq);
      previews = foldPreviews(previews, event);
    },
    onPreview(preview) {
      previews = foldPreviews(previews, preview);
      texts.push(...Array.from(previews.values(), (shown) => shown.text));
    },
  });
  const of = (type: SessionEvent['type']) => events.filter((event) => event.type === type);
  return { attachment, seqs, texts, of, turns: () => of('session.turn_completed').length };
}

const untilSse = async (client: Client) => {
  await until('it goes over HTTP', () => client.state.state === 'live' && client.state.transport === 'sse');
};
const expectGapless = (seqs: readonly number[]) => expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1));

test('goes over HTTP by itself where WebSockets are refused, and does everything there', async () => {
  await using proxy = await startBlockedProxy();
  await using client = connect(proxy);
  const watched: string[] = [];
  client.watchSessions({ onSession: ({ title }) => watched.push(title ?? ''), onDeleted: (id) => watched.push(id) });
  const { session } = await client.createSession({ title: 'Behind a proxy' });
  expect(client.state).toEqual({ state: 'live', transport: 'sse' });

  const followed = follow(client, session.id);
  const { events } = await client.send(session.id, toMessage('hello'));
  await until('the turn has ended', () => followed.turns() === 1 && followed.of('session.status_idle').length > 0);
  expect(followed.of('user.message').map(({ id }) => id)).toEqual([events[0]?.id]);
  expect(followed.of('agent.message')).toMatchObject([{ content: [{ text: 'Hello from the model.' }] }]);
  expect(followed.texts.length).toBeGreaterThan(1);
  expect(followed.texts.every((shown) => 'Hello from the model.'.startsWith(shown))).toBe(true);
  expectGapless(followed.seqs);

  expect((await client.updateSession(session.id, { title: 'Renamed' })).session.title).toBe('Renamed');
  const fork = await client.forkSession(session.id, { title: 'Forked' });
  await until('the list was told', () => watched.includes('Renamed') && watched.includes('Forked'));
  const branch = follow(client, fork.session.id, { tail: 1 });
  await until('the fork is open at its end', () => branch.seqs.length === 1);
  expect(branch.attachment.firstSeq).toBe(fork.last_seq);
  await expect(client.send('sesn_none', toMessage('x'))).rejects.toMatchObject({ type: 'not_found_error' });
});

test('follows many sessions over one stream, and goes on with each where it was', async () => {
  await using proxy = await startBlockedProxy();
  await using client = connect(proxy);
  const sessions = await Promise.all(Array.from({ length: 8 }, () => client.createSession()));
  const followed = sessions.map(({ session }) => follow(client, session.id));
  for (const { session } of sessions) await client.updateSession(session.id, { title: 'One' });
  const last = await client.createSession();
  followed.push(follow(client, last.session.id));
  for (const { session } of [...sessions, last]) await client.updateSession(session.id, { title: 'Two' });
  await until('all are told', () => followed.every(({ of }) => of('session.updated').length > 0));
  // A second opinion on each history: what was told is all there is, and nothing came twice.
  for (const { attachment, seqs } of followed) {
    await until('all of it', () => seqs.length >= attachment.lastSeq);
    const { events } = await client.listEvents(attachment.sessionId, { after: 0 });
    await until('the newest', () => seqs.length === events.length);
    expect(seqs).toEqual(events.map(({ seq }) => seq));
  }
  // A browser opens six connections to a server over HTTP/1.1, for all of its tabs.
  expect(proxy.open).toBeLessThanOrEqual(4);
});

test('loses and doubles nothing when the server is killed in the middle of a turn', async () => {
  await using proxy = await startBlockedProxy();
  await using client = connect(proxy, { clock: createHastyClock(5) });
  const { session } = await client.createSession();
  const followed = follow(client, session.id);
  await client.send(session.id, toMessage('hold'));
  await until('it streams', () => followed.texts.includes('So far'));
  await server.kill();
  const sending = client.send(session.id, toMessage('after'));
  await server.restart();
  const [stored] = (await sending).events;
  await until('both turns have ended', () => followed.turns() >= 2);
  expect(followed.of('user.message').map(({ id }) => id)).toContain(stored?.id);
  expect(followed.of('user.message')).toHaveLength(2);
  expectGapless(followed.seqs);
});

test('takes a WebSocket again when they get through', async () => {
  await using proxy = await startBlockedProxy();
  await using client = connect(proxy, { clock: createHastyClock(5) });
  const { session } = await client.createSession();
  const followed = follow(client, session.id);
  await client.updateSession(session.id, { title: 'Followed' });
  await until('the stream runs', () => followed.of('session.updated').length > 0);
  expect(client.state).toEqual({ state: 'live', transport: 'sse' });
  proxy.upgrades = 'pass';
  proxy.cut();
  await untilState(client, 'reconnecting');
  await client.send(session.id, toMessage('back again'));
  expect(client.state).toEqual({ state: 'live', transport: 'websocket' });
  await until('the turn has ended', () => followed.turns() === 1);
  expectGapless(followed.seqs);
});

test('notices upgrades that are left hanging', async () => {
  await using proxy = await startBlockedProxy('hang');
  await using client = connect(proxy, { clock: createHastyClock(5) });
  await client.createSession();
  expect(client.state).toEqual({ state: 'live', transport: 'sse' });
});

test('stays with WebSockets while a server is away and comes back', async () => {
  await using proxy = await startFaultProxy(server);
  await using client = connect(proxy, { clock: createHastyClock(5) });
  const transports = new Set<string>();
  client.onState((state) => state.state === 'live' && transports.add(state.transport));
  await client.createSession();
  for (let round = 1; round <= 3; round += 1) {
    await server.kill();
    await untilState(client, 'reconnecting');
    await server.restart();
    await client.ping();
  }
  expect([...transports]).toEqual(['websocket']);
});

const createKey = async () => {
  const made = await server.fetch('/api/v1/api-keys', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'short-lived' }),
  });
  return (await made.json()) as { id: string; key: string };
};

test('ends as unauthenticated when the key is revoked while a stream is open', async () => {
  await using proxy = await startBlockedProxy();
  const { id, key } = await createKey();
  await using client = connect(proxy, { apiKey: key });
  const { session } = await client.createSession();
  const followed = follow(client, session.id);
  await client.updateSession(session.id, { title: 'Followed' });
  await until('the stream runs', () => followed.of('session.updated').length > 0);
  await server.fetch(`/api/v1/api-keys/${id}`, { method: 'DELETE' });
  expect(await untilState(client, 'closed')).toEqual({ state: 'closed', reason: 'unauthenticated' });
});

test('ends as unauthenticated when the key is refused, over HTTP as well', async () => {
  await using proxy = await startBlockedProxy();
  const { id, key } = await createKey();
  await using client = connect(proxy, { apiKey: key });
  await untilSse(client);
  await server.fetch(`/api/v1/api-keys/${id}`, { method: 'DELETE' });
  await expect(client.createSession()).rejects.toMatchObject({ type: 'authentication_error' });
  expect(client.state).toEqual({ state: 'closed', reason: 'unauthenticated' });
});
