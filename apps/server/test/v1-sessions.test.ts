import Anthropic from '@anthropic-ai/sdk';
import { hang, say, startScriptedModel, useTool, type ScriptedModel } from '@claude-sdk-pattern/scripted-model';
import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { toList } from './support/to-list.ts';

let model: ScriptedModel;
let server: TestServer;
let client: Anthropic;

beforeAll(async () => {
  model = await startScriptedModel({
    scenarios: [
      { match: { subagent: true }, reply: [say('Found it.')] },
      {
        match: { userText: 'delegate' },
        reply: [
          useTool('Agent', { description: 'Look', prompt: 'Look for it.', subagent_type: 'general-purpose' }),
          say('It is found.'),
        ],
      },
      { match: { userText: 'wait' }, reply: [say('A word'), hang()] },
      { reply: [say('Hello.')] },
    ],
  });
  server = await startServer({ upstreamUrl: model.url });
  client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

const text = (words: string) => ({
  type: 'user.message' as const,
  content: [{ type: 'text' as const, text: words }],
});
const defaults = { agent: 'agent_default', environment_id: 'env_default' };

async function readUntilIdle(sessionId: string, params: { event_deltas?: 'agent.message'[] } = {}, words = 'hello') {
  const stream = await client.beta.sessions.events.stream(sessionId, params);
  await client.beta.sessions.events.send(sessionId, { events: [text(words)] });
  const events = [];
  for await (const event of stream) {
    events.push(event);
    if (event.type === 'session.status_idle') break;
  }
  return events;
}

it('creates a session with the agent that was asked for, and what it overrides', async () => {
  const agent = await client.beta.agents.create({ name: 'Poet', model: 'opus', system: 'Rhyme.' });
  const plain = await client.beta.sessions.create({ agent: agent.id, environment_id: 'env_default' });
  expect(plain.agent).toMatchObject({
    id: agent.id,
    version: 1,
    name: 'Poet',
    system: 'Rhyme.',
    model: { id: 'opus' },
  });
  const changed = await client.beta.sessions.create({
    ...defaults,
    agent: { type: 'agent_with_overrides', id: agent.id, system: null, model: 'haiku' },
  });
  expect(changed.agent).toMatchObject({ id: agent.id, system: null, model: { id: 'haiku' } });
  expect((await toList(client.beta.sessions.list({ agent_id: agent.id }))).map(({ id }) => id)).toEqual([
    changed.id,
    plain.id,
  ]);
});

it('gives a session other tools, which its next turn has, with the conversation so far', async () => {
  const session = await client.beta.sessions.create(defaults);
  await readUntilIdle(session.id, {}, 'before the change');
  const changed = await client.beta.sessions.update(session.id, {
    agent: {
      tools: [
        {
          type: 'agent_toolset_20260401',
          default_config: { enabled: false },
          configs: [{ name: 'read', enabled: true }],
        },
      ],
    },
  });
  expect(changed.agent.tools).toMatchObject([{ type: 'agent_toolset_20260401', default_config: { enabled: false } }]);
  await readUntilIdle(session.id, {}, 'after the change');
  const request = await model.waitForRequest(
    (each) => each.conversation?.userText.includes('after the change') ?? false,
  );
  const tools = request.body?.tools?.map(({ name }) => name) ?? [];
  expect(tools).toContain('Read');
  expect(tools).not.toContain('Bash');
  expect(request.conversation?.userTexts).toContain('before the change');
});

it('sends the first messages with the creation', async () => {
  const session = await client.beta.sessions.create({ ...defaults, initial_events: [text('hello')] });
  const stored = await toList(client.beta.sessions.events.list(session.id, { types: ['user.message'] }));
  expect(stored).toMatchObject([text('hello')]);
});

it.each([
  ['resources.0.type', { resources: [{ type: 'memory_store', memory_store_id: 'memstore_1' }] }],
  ['url', { resources: [{ type: 'github_repository', url: 'https://name:password@example.com/a/b' }] }],
  ['budget.max_list_cost.amount', { budget: { type: 'limit', max_list_cost: { amount: '0.5', currency: 'USD' } } }],
  [
    'initial_events.0.type',
    { initial_events: [{ type: 'user.define_outcome', description: 'x', rubric: { type: 'text', content: 'x' } }] },
  ],
])('refuses %s by name, as in %j', async (field, params) => {
  const create = client.beta.sessions.create({ ...defaults, ...params } as Anthropic.Beta.SessionCreateParams);
  await expect(create).rejects.toMatchObject({ status: 400, details: { field } });
});

it('takes null and an empty list for what it does not have', async () => {
  const params = { ...defaults, budget: null, vault_ids: [], resources: [] };
  expect(await client.beta.sessions.create(params as unknown as Anthropic.Beta.SessionCreateParams)).toMatchObject({
    budget: null,
  });
});

it('pages and filters sessions by time and status', async () => {
  const first = await client.beta.sessions.create({ ...defaults, title: 'First' });
  const second = await client.beta.sessions.create({ ...defaults, title: 'Second' });
  const list = async (params: Anthropic.Beta.SessionListParams) =>
    (await toList(client.beta.sessions.list({ 'created_at[gte]': first.created_at, limit: 1, ...params }))).map(
      ({ title }) => title,
    );
  expect(await list({})).toEqual(['Second', 'First']);
  expect(await list({ order: 'asc', statuses: ['idle', 'running'] })).toEqual(['First', 'Second']);
  expect(await list({ statuses: ['running'] })).toEqual([]);
  expect(await list({ 'created_at[lt]': second.created_at })).toEqual(['First']);
});

it('tells of an update what it has changed, and nothing where nothing did', async () => {
  const session = await client.beta.sessions.create({ ...defaults, metadata: { team: 'red' } });
  await client.beta.sessions.update(session.id, { metadata: { tier: 'gold' } });
  const { agent } = await client.beta.sessions.update(session.id, { agent: { tools: [] } });
  await client.beta.sessions.update(session.id, {});
  const told = await toList(client.beta.sessions.events.list(session.id, { types: ['session.updated'] }));
  expect(told).toMatchObject([{ metadata: { team: 'red', tier: 'gold' } }, { agent }]);
  expect(told[1]).not.toHaveProperty('metadata');
});

it('pages sessions backwards too', async () => {
  const made = [];
  for (const title of ['1', '2', '3']) made.push(await client.beta.sessions.create({ ...defaults, title }));
  const params = { 'created_at[gte]': made[0]?.created_at ?? '', limit: 2 };
  const first = await client.beta.sessions.list(params);
  expect(first.prev_page).toBeNull();
  const second = await first.getNextPage();
  expect(second.data.map(({ title }) => title)).toEqual(['1']);
  const back = await client.beta.sessions.list({ ...params, page: second.prev_page });
  expect(back.data).toEqual(first.data);
  expect(back.prev_page).toBeNull();
  expect(back.next_page).toBe(first.next_page);
});

it('streams a turn with the previews that were asked for, and none otherwise', async () => {
  const session = await client.beta.sessions.create(defaults);
  const previewed = await readUntilIdle(session.id, { event_deltas: ['agent.message'] });
  const types = previewed.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['event_start', 'event_delta', 'agent.message', 'session.usage']));
  expect(types.filter((type) => type.startsWith('session.process_'))).toEqual([]);
  const plain = await readUntilIdle(session.id);
  expect(plain.map(({ type }) => type)).not.toContain('event_start');
  const { usage, cost_usd: costUsd } = (await client.beta.sessions.retrieve(session.id)) as SessionResource;
  expect(usage.list_cost).toEqual({ amount: (costUsd * 100).toFixed(0), currency: 'USD' });
});

it('tells who reads a session that it is deleted, and ends the stream', async () => {
  const session = await client.beta.sessions.create(defaults);
  const stream = await client.beta.sessions.events.stream(session.id);
  await client.beta.sessions.delete(session.id);
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events).toMatchObject([{ type: 'session.deleted', processed_at: expect.any(String) }]);
});

it('lists events by type and time, in pages and in both orders', async () => {
  const session = await client.beta.sessions.create(defaults);
  await readUntilIdle(session.id);
  const list = (params: Anthropic.Beta.Sessions.EventListParams) =>
    toList(client.beta.sessions.events.list(session.id, params));
  const all = await list({ limit: 2 });
  expect(await list({ limit: 3, order: 'desc' })).toEqual(all.toReversed());
  const messages = await list({ types: ['user.message', 'agent.message'] });
  expect(messages.map(({ type }) => type)).toEqual(['user.message', 'agent.message']);
  expect(await list({ 'created_at[gt]': new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
});

it('fills pages although some events are not for this client, and knows the last one', async () => {
  const session = await client.beta.sessions.create(defaults);
  await readUntilIdle(session.id);
  const { events } = client.beta.sessions;
  const last = await events.list(session.id, { order: 'desc', limit: 1 });
  expect(last.data).toMatchObject([{ type: 'session.status_idle' }]);
  expect(last.hasNextPage()).toBe(true);
  const all = await toList(events.list(session.id));
  const exact = await events.list(session.id, { limit: all.length });
  expect(exact.data).toEqual(all);
  expect(exact.hasNextPage()).toBe(false);
});

it('shows what a session itself does as its primary thread', async () => {
  const session = await client.beta.sessions.create(defaults);
  const ids = { session_id: session.id };
  const [fresh] = await toList(client.beta.sessions.threads.list(session.id));
  expect(fresh).toMatchObject({ parent_thread_id: null, status: 'idle', stats: null });
  const id = fresh?.id ?? '';
  const stream = await client.beta.sessions.threads.events.stream(id, { ...ids, event_deltas: ['agent.message'] });
  await client.beta.sessions.events.send(session.id, { events: [text('delegate')] });
  const streamed = [];
  for await (const event of stream) {
    streamed.push(event);
    if (event.type === 'session.status_idle') break;
  }
  expect(streamed.filter((event) => 'session_thread_id' in event)).toEqual([]);
  expect(streamed.map(({ type }) => type)).toEqual(expect.arrayContaining(['event_delta', 'agent.message']));
  const { multiagent: _, ...agent } = session.agent;
  const primary = await client.beta.sessions.threads.retrieve(id, ids);
  expect(primary).toMatchObject({ id, agent, stats: { active_seconds: expect.any(Number) } });
  const listed = await toList(client.beta.sessions.threads.events.list(id, ids));
  const inThreads = (await toList(client.beta.sessions.events.list(session.id))).filter(
    (event) => 'session_thread_id' in event,
  );
  expect(inThreads).not.toEqual([]);
  expect(await toList(client.beta.sessions.events.list(session.id))).toHaveLength(listed.length + inThreads.length);
});

it('shows a subagent as a thread with its own events', async () => {
  const session = await client.beta.sessions.create(defaults);
  await readUntilIdle(session.id, {}, 'delegate');
  const [primary, thread] = await toList(client.beta.sessions.threads.list(session.id, { limit: 1 }));
  expect(thread).toMatchObject({
    type: 'session_thread',
    session_id: session.id,
    parent_thread_id: primary?.id,
    status: 'idle',
    stats: { active_seconds: expect.any(Number) },
  });
  const ids = { session_id: session.id };
  expect(await client.beta.sessions.threads.retrieve(thread?.id ?? '', ids)).toEqual(thread);
  const events = await toList(client.beta.sessions.threads.events.list(thread?.id ?? '', { ...ids, limit: 1 }));
  expect(events).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'agent.message' })]));
  expect(events.every((event) => 'session_thread_id' in event && event.session_thread_id === thread?.id)).toBe(true);
  await expect(client.beta.sessions.threads.retrieve('thrd_other', ids)).rejects.toMatchObject({ status: 404 });
});
