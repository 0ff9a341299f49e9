import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import Anthropic from '@anthropic-ai/sdk';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { EVENTS, METHODS, findCompatibility, renderCompatibility } from './compatibility.ts';
import { readSdk } from './read-sdk.ts';
import { walkSdk } from './walk-sdk.ts';

const PAGE = join(import.meta.dirname, '../../docs/reference/managed-agents-compatibility.md');
/** These methods send no request, or send one only when their result is read. */
const SENDS_NOTHING = /^webhooks\.|\.(worker|poller|toolRunner)$|^messages\.(stream|parse|thread)$/;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

it('says of every method of the installed SDK how this server answers; npm run reference writes the page', async () => {
  const { methods, version } = readSdk();
  expect(await readFile(PAGE, 'utf8')).toBe(renderCompatibility(methods, version));
  expect(Object.keys(METHODS).filter((name) => !methods.includes(name))).toEqual([]);
});

it('answers what it does not have with a 404 or 400 in the envelope', async () => {
  const answers: { status: number; body: unknown }[] = [];
  const client = new Anthropic({
    baseURL: server.url,
    apiKey: server.apiKey,
    maxRetries: 0,
    async fetch(url, init) {
      const response = await fetch(url, init);
      answers.push({ status: response.status, body: await response.clone().json() });
      return response;
    },
  });
  const missing = walkSdk(client.beta).filter(
    ({ name }) => findCompatibility(name).state === 'not yet' && !SENDS_NOTHING.test(name),
  );
  // Every id that a path may need. A missing path answers the same for any id.
  const everyId = new Proxy<Record<string, unknown>>({ betas: [] }, { get: (known, key) => known[String(key)] ?? 'x' });
  const surprises: unknown[] = [];
  for (const { name, call } of missing) {
    const before = answers.length;
    // Calls each method with an id in the path first, or without one.
    for (const parameters of [['x', everyId, {}], [everyId]]) {
      if (answers.length === before) await attempt(() => call(...parameters));
    }
    const answer = answers[before];
    const isRefusal = answer !== undefined && [400, 404].includes(answer.status);
    const isEnvelope = JSON.stringify(answer?.body ?? null).startsWith('{"type":"error","error":{"type":"');
    if (!isRefusal || !isEnvelope) surprises.push({ name, answer });
  }
  expect(missing.length).toBeGreaterThan(100);
  expect(surprises).toEqual([]);
});

describe('the lines about sessions', () => {
  const agent = 'agent_default';
  const environment_id = 'env_default';

  it('are true of resources: they are taken, and a file that is not there is refused by its name', async () => {
    const client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
    const resources = [{ type: 'file' as const, file_id: 'file_none', mount_path: '/a' }];
    await expect(client.beta.sessions.create({ agent, environment_id, resources })).rejects.toMatchObject({
      status: 404,
      error: { error: { type: 'not_found_error', message: expect.stringContaining('file_none') } },
    });
  });

  it('are true of a budget: it is taken, shown, raised and taken away', async () => {
    const { sessions } = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 }).beta;
    const toBudget = (amount: string) => ({
      type: 'limit' as const,
      max_list_cost: { amount, currency: 'USD' as const },
    });
    const session = await sessions.create({ agent, environment_id, budget: toBudget('100') });
    expect(session.budget).toEqual(toBudget('100'));
    expect((await sessions.update(session.id, { budget: toBudget('250') })).budget).toEqual(toBudget('250'));
    expect((await sessions.update(session.id, { budget: null })).budget).toBeNull();
  });

  it('are true of events: what is not here is neither taken nor sent', async () => {
    const client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
    const session = await client.beta.sessions.create({ agent, environment_id });
    expect(session.budget).toBeNull();
    const refused = Object.entries(EVENTS).filter(
      ([type, { state }]) => /^(user|system)\./.test(type) && state === 'not yet',
    );
    expect(refused.length).toBeGreaterThan(2);
    for (const [type] of refused) {
      const event = { type, content: [{ type: 'text', text: 'x' }] } as never;
      await expect(client.beta.sessions.events.send(session.id, { events: [event] }), type).rejects.toMatchObject({
        status: 400,
      });
    }
    const stream = await client.beta.sessions.events.stream(session.id);
    await client.beta.sessions.events.send(session.id, {
      events: [{ type: 'user.message', content: [{ type: 'text', text: 'run ls' }] }],
    });
    const seen = new Set<string>();
    for await (const event of stream) {
      seen.add(event.type);
      if ('evaluation' in event) throw new Error('An event has an evaluation');
      if (event.type === 'session.status_idle' && event.stop_reason.type === 'end_turn') break;
    }
    expect([...seen].filter((type) => EVENTS[type as keyof typeof EVENTS]?.state === 'not yet')).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(['session.status_running', 'agent.message', 'session.usage']));
  });
});

/** The thrown error is ignored, because the answer was recorded before. */
async function attempt(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    // The thrown error is ignored, as above.
  }
}
