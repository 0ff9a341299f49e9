import { hang, say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startEmbeddedPostgres, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import pg from 'pg';
import { expect, it } from 'vitest';

import { packTar } from '../src/plugins/fixtures/pack.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';

/** The same administrator comes in at both. */
const KEY = 'csp_test_two_servers_on_one_database';

function startNode(upstreamUrl: string, database: string): Promise<TestServer> {
  const environment = {
    ANTHROPIC_API_KEY: 'sk-upstream',
    CLAUDE_SDK_PATTERN_DATABASE_URL: database,
    CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: KEY,
  };
  return startServer({ upstreamUrl, environment });
}

const through = (server: TestServer) => ({ ...server, apiKey: KEY });

it('refuses a session that another server serves, and serves it when that one has stopped or its lease has ended', async () => {
  const gate = Promise.withResolvers<void>();
  await using model = await startScriptedModel({
    scenarios: [
      {
        match: { userText: 'slowly' },
        reply: [[say('One half'), hang({ until: gate.promise }), say('and the other.')]],
      },
      { reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) },
    ],
  });
  await using postgres = await startEmbeddedPostgres();
  const database = await postgres.createDatabase();
  await using first = await startNode(model.url, database);
  await using chat = await openChat(through(first));
  const { sessionId } = chat;
  await chat.say('slowly');
  await chat.socket.waitFor((frame) => frame.type === 'preview');

  // Its start finds a session at work, and leaves it to the other server.
  await using second = await startNode(model.url, database);
  await assertSharesPlugins(first, second);
  await using other = await openChat(through(second), { sessionId });
  const events = [{ type: 'user.message', content: [{ type: 'text', text: 'two' }] }];
  const refused = await other.socket.request({ type: 'session.send', session_id: sessionId, events });
  expect(refused).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' }, retry_after_ms: 5000 });
  gate.resolve();
  await chat.waitForTurns(1);
  expect(textsOf(chat).join(' ')).toBe('One half and the other.');
  expect(chat.eventsOf('session.process_restarting')).toEqual([]);
  // A reader at the second server gets what the first one stores.
  await other.waitForTurns(1);
  expect(other.events).toEqual(chat.events);

  await assertStopsBoth(first, { chat, other, sessionId });
  await first.stop();
  await other.say('two');
  await using again = await openChat(through(second), { sessionId });
  await again.waitForTurns(2);
  expect(textsOf(again).at(-1)).toBe('You said: slowly, two');
  expect(again.seqs).toEqual(again.seqs.map((_, index) => index + 1));

  await first.restart();
  await assertRunsOnce(database, { first, second });
  await using back = await openChat(through(first), { sessionId });
  const early = await back.socket.request({ type: 'session.send', session_id: sessionId, events });
  expect(early).toMatchObject({ type: 'error', retry_after_ms: 5000 });
  await endLease(database, sessionId);
  await back.say('three');
  await back.waitForTurns(3);
  expect(textsOf(back).at(-1)).toBe('You said: slowly, two, three');
});

/** Schedules that are due while both servers run, of which one is killed with runs in its hands. */
async function assertRunsOnce(
  database: string,
  { first, second }: { first: TestServer; second: TestServer },
): Promise<void> {
  const make = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const response = await fetch(`${first.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    return ((await response.json()) as { id: string }).id;
  };
  const agent = await make('/v1/agents', { name: 'Reporter', model: 'default' });
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd'])
    ids.push(
      await make('/v1/deployments', {
        ...{ name, agent, schedule: { type: 'cron', expression: '0 0 1 1 *', timezone: 'UTC' } },
        initial_events: [{ type: 'user.message', content: [{ type: 'text', text: name }] }],
      }),
    );
  await using client = await openClient(database);
  const listRuns = async () => {
    const { rows } = await client.query<{ deployment_id: string; state: string }>('select * from deployment_runs');
    return rows;
  };
  await client.query("update deployments set next_run_at = '2026-01-01T00:00:00.000Z'");
  await until('a server has begun', async () => (await listRuns()).length > 0);
  await second.kill();
  // As if the time had passed in which the server that claimed them should have done them.
  await client.query("update deployment_runs set busy_until = '2026-01-01T00:00:00.000Z' where busy_until is not null");
  const isDone = async () => {
    const runs = await listRuns();
    return runs.length >= ids.length && runs.every(({ state }) => state !== 'pending');
  };
  await until('all have run', isDone, 40_000);
  const runs = (await listRuns()).map(({ deployment_id: id, state }) => `${id} ${state}`);
  expect(runs.toSorted()).toEqual(ids.map((id) => `${id} started`).toSorted());
  const { rows: sessions } = await client.query<{ deployment_id: string }>(
    'select deployment_id from sessions where deployment_id is not null',
  );
  expect(sessions.map(({ deployment_id: id }) => id).toSorted()).toEqual(ids.toSorted());
}

async function openClient(database: string) {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** The disk of the second server gets what an administrator uploads to the first one. */
async function assertSharesPlugins(first: TestServer, second: TestServer): Promise<void> {
  const ask = async (server: TestServer, path: string, body?: FormData | string) => {
    const headers = {
      authorization: `Bearer ${KEY}`,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
    };
    const sent = { headers, ...(body !== undefined && { method: 'POST', body }) };
    return (await (await fetch(`${server.url}/api/v1/plugins${path}`, sent)).json()) as { state?: string };
  };
  const form = new FormData();
  const archive = packTar([{ path: 'greeter/skills/greet/SKILL.md', content: 'Say hello.' }]);
  form.set('file', new Blob([new Uint8Array(archive)]), 'greeter.tgz');
  expect(await ask(first, '', form)).toMatchObject({ name: 'greeter', state: 'registered' });
  await until('the second server has it', async () => (await ask(second, '/greeter')).state === 'registered');
  expect(await ask(second, '/greeter/activate', '{}')).toMatchObject({ state: 'active' });
}

/** What is stopped at one server is refused at the other one, too; who watches there is told. */
async function assertStopsBoth(
  first: TestServer,
  { chat, other, sessionId }: { chat: Chat; other: Chat; sessionId: string },
): Promise<void> {
  const ask = (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${KEY}`, ...(body && { 'content-type': 'application/json' }) };
    return fetch(`${first.url}/api/v1/stops${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  };
  await other.socket.request({ type: 'sessions.watch' });
  const { id } = (await (await ask('POST', '', { scope: 'platform', reason: 'A test' })).json()) as { id: string };
  await other.socket.waitFor((frame) => frame.type === 'work.stopped' && frame.stop?.scope === 'platform');
  const events = [{ type: 'user.message', content: [{ type: 'text', text: 'not now' }] }];
  for (const { socket } of [chat, other]) {
    const refused = await socket.request({ type: 'session.send', session_id: sessionId, events });
    expect(refused).toMatchObject({ type: 'error', error: { details: { code: 'work_stopped', reason: 'A test' } } });
  }
  expect((await ask('DELETE', `/${id}`)).status).toBe(204);
  await other.socket.waitFor((frame) => frame.type === 'work.stopped' && frame.stop === null);
}

/** As if the life of the lease had passed. */
async function endLease(database: string, sessionId: string): Promise<void> {
  await using client = await openClient(database);
  const long = '2026-01-01T00:00:00.000Z';
  await client.query('update sessions set lease_expires_at = $1 where id = $2', [long, sessionId]);
}
