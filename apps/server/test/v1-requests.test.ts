import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let server: TestServer;
let client: Anthropic;

beforeAll(async () => {
  server = await startServer();
  client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

const JSON_TYPE = { 'content-type': 'application/json' };

async function post(path: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await server.fetch(path, { method: 'POST', ...init });
  return { status: response.status, body: await response.json() };
}

it('takes an empty body as none, whatever its content type says', async () => {
  expect(await post('/v1/sessions', { headers: JSON_TYPE })).toMatchObject({ status: 200, body: { type: 'session' } });
  const agent = await client.beta.agents.create({ name: 'Brief', model: 'default' });
  const archived = await post(`/v1/agents/${agent.id}/archive`, { headers: JSON_TYPE });
  expect(archived).toMatchObject({ status: 200, body: { id: agent.id } });
  expect(await post('/v1/agents', { headers: JSON_TYPE })).toMatchObject({
    status: 400,
    body: { error: { type: 'invalid_request_error' } },
  });
});

it.each([
  ['no version', {}],
  ['the first version', { 'anthropic-version': '2023-06-01' }],
  ['the newest version', { 'anthropic-version': '2026-10-21' }],
  [
    'betas, known or not',
    { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01,made-up-2030-01-01' },
  ],
])('answers a client that sends %s', async (_, headers) => {
  const response = await server.fetch('/v1/agents', { headers });
  expect(response.status).toBe(200);
});

it('refuses a version of the API that it does not speak, and names those that it does', async () => {
  const response = await server.fetch('/v1/agents', { headers: { 'anthropic-version': '2022-01-01' } });
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 400,
    body: {
      error: {
        type: 'invalid_request_error',
        message: expect.stringContaining('2023-06-01 or 2026-10-21'),
        details: { field: 'anthropic-version' },
      },
    },
  });
});

it('asks who somebody is before it looks at the version', async () => {
  const response = await fetch(`${server.url}/v1/agents`, { headers: { 'anthropic-version': '2022-01-01' } });
  expect(response.status).toBe(401);
});

it.each(['text/plain', 'application/x-www-form-urlencoded'])('says what to send instead of %s', async (type) => {
  const answer = await post('/v1/agents', { headers: { 'content-type': type }, body: '{}' });
  expect(answer).toMatchObject({
    status: 400,
    body: { error: { message: 'Send the body as JSON, with the header content-type: application/json' } },
  });
});

it.each([
  '/v1/agents',
  '/v1/agents/agent_default',
  '/v1/agents/agent_default/versions',
  '/v1/environments',
  '/v1/files',
  '/v1/sessions',
  '/v1/sessions/sesn_none/events',
  '/v1/sessions/sesn_none/events/stream',
  '/v1/sessions/sesn_none/threads',
  '/v1/sessions/sesn_none/threads/thrd_none/events',
])('refuses a filter that %s does not have, instead of listing without it', async (path) => {
  const response = await server.fetch(`${path}?created_at[near]=now`);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 400,
    body: { error: { details: { field: 'created_at[near]' } } },
  });
});

it('takes what the official SDK writes for null as left out', async () => {
  const session = await client.beta.sessions.create({ agent: 'agent_default', environment_id: 'env_default' });
  expect((await client.beta.sessions.list({ page: null })).data.map(({ id }) => id)).toContain(session.id);
  const { data } = await client.beta.files.list({ ids: null, page: null });
  expect(data).toEqual((await client.beta.files.list()).data);
});

it.each([
  ['/v1/sessions?created_at[gt]=yesterday', 'created_at[gt]'],
  ['/v1/agents?page=other', 'page'],
  ['/v1/sessions?page=other', 'page'],
  ['/v1/files?page=other', 'page'],
])('names what is wrong with %s', async (path, field) => {
  const response = await server.fetch(path);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 400,
    body: { error: { details: { field } } },
  });
});

it('takes the parameter beta, which the official SDK adds to addresses, as nothing', async () => {
  expect((await server.fetch('/v1/agents?beta=true&limit=1')).status).toBe(200);
});

const message = (block: object) => ({ type: 'user.message', content: [{ type: 'text', text: 'Hi', ...block }] });
it.each([
  ['a field of a message', { ...message({}), priority: 'high' }, 'events.0.priority'],
  ['a field of a block', message({ cache_control: { type: 'ephemeral' } }), 'events.0.content.0.cache_control'],
  [
    'an interrupt of one thread alone',
    { type: 'user.interrupt', session_thread_id: 'thrd_1' },
    'events.0.session_thread_id',
  ],
  [
    'guidance with what is allowed',
    { type: 'user.tool_confirmation', tool_use_id: 'sevt_1', result: 'allow', deny_message: 'But gently' },
    'events.0.deny_message',
  ],
])('refuses %s by name', async (_, event, field) => {
  const session = await client.beta.sessions.create({ agent: 'agent_default', environment_id: 'env_default' });
  const sent = client.beta.sessions.events.send(session.id, {
    events: [event as Anthropic.Beta.Sessions.BetaManagedAgentsEventParams],
  });
  await expect(sent).rejects.toMatchObject({ status: 400, details: { field } });
});

it('lists files by their ids in one page, and not with a page or limit of its own', async () => {
  const file = await client.beta.files.upload({ file: await toFile(Buffer.from('x'), 'x.txt') });
  const ids = Array.from({ length: 150 }, () => file.id);
  const found = await client.beta.files.list({ ids });
  expect(found.data.map(({ id }) => id)).toEqual([file.id]);
  const paged = client.beta.files.list({ ids: [file.id], limit: 1 });
  await expect(paged).rejects.toMatchObject({ status: 400, details: { field: 'ids' } });
});
