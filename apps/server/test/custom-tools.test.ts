import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { beforeAll, describe, expect, it } from 'vitest';

import { toMcpToolName } from '../src/definitions/mcp-tool-name.ts';
import { waitForCli } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

/** The name of a tool in the CLI and for the model. */
const weather = (city: string) => useTool('mcp__custom__get_weather', { city });
const LONG_NAME = `look-up-${'x'.repeat(100)}`;
let hangs = true;

const scenarios: Scenario[] = [
  {
    match: { when: ({ userTexts }) => userTexts.includes('two cities') },
    reply: ({ allToolCalls }) =>
      allToolCalls.length === 0 ? [weather('Rome'), weather('Oslo')] : say('Both are known.'),
  },
  {
    match: { userText: 'one city' },
    reply: [useTool(toMcpToolName({ server: 'custom', tool: LONG_NAME }), {}), say('It is known.')],
  },
  {
    match: { when: ({ userTexts }) => userTexts.includes('then hang') },
    reply: ({ allToolCalls: [called] }) => {
      if (called === undefined) return weather('Rome');
      return hangs ? hang() : say('It is known now.');
    },
  },
  { match: { userText: 'delete' }, reply: [useTool('mcp__custom__delete_city', { city: 'Rome' }), say('I may not.')] },
  { reply: [say('Hello.')] },
];
const { server, model } = await useStage(scenarios);
const client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
const { agents, sessions } = client.beta;

const inputSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const;
const toTool = (name: string): Anthropic.Beta.BetaManagedAgentsCustomToolParams => ({
  ...{ type: 'custom', name, description: `Does ${name}.` },
  input_schema: { ...inputSchema, required: ['city'] },
});
let agentId: string;
beforeAll(async () => {
  const tools = ['get_weather', 'delete_city', LONG_NAME].map(toTool);
  const agent = await agents.create({ name: 'Traveller', model: 'opus', tools });
  expect(agent.tools).toEqual(tools);
  agentId = agent.id;
  const api = (method: string, body?: object) =>
    fetch(`${server.url}/api/v1/policy`, {
      ...{ method, headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json' } },
      ...(body && { body: JSON.stringify(body) }),
    });
  const { version } = (await (await api('GET')).json()) as { version: number };
  const rules = [
    { effect: 'deny', rule: 'mcp__custom__delete_city', reason: 'Cities stay' },
    { effect: 'ask', rule: 'mcp__custom__*' },
  ];
  expect((await api('PUT', { version, rules })).status).toBe(200);
});

const message = (text: string) => ({ type: 'user.message' as const, content: [{ type: 'text' as const, text }] });
const result = (id: string | undefined, text: string, more: object = {}) => ({
  ...{ type: 'user.custom_tool_result' as const, custom_tool_use_id: id ?? '' },
  ...{ content: [{ type: 'text' as const, text }], ...more },
});

async function begin(text: string): Promise<string> {
  const { id } = await sessions.create({ agent: agentId, environment_id: 'env_default' });
  await sessions.events.send(id, { events: [message(text)] });
  return id;
}

/** The calls that the session waits for, in their order. */
async function waitForCalls(chat: Chat, count: number): Promise<string[]> {
  const { stop_reason } = await chat.waitForEvent(
    'session.status_idle',
    ({ stop_reason: reason }) => reason.type === 'requires_action' && reason.event_ids.length === count,
  );
  expect(stop_reason).toMatchObject({ waits_for: 'program' });
  return stop_reason.type === 'requires_action' ? stop_reason.event_ids : [];
}

/** What the model was told of its calls in its last request of this conversation. */
const toldOf = (said: string) =>
  model.requests
    .findLast(({ conversation }) => conversation?.userTexts.includes(said))
    ?.conversation?.allToolCalls.map((call) => [call.result?.text, call.result?.isError]);

/** Requests of this conversation that have the result of its call. */
const findTold = (said: string) =>
  model.requests.flatMap(({ conversation: told }) =>
    told?.userTexts.includes(said) && told.allToolCalls[0]?.result?.text === 'Rain' ? [told] : [],
  );

function expectEachAnsweredOnce(chat: Chat): void {
  const calls = chat.eventsOf('agent.custom_tool_use').map(({ id }) => id);
  const answered = chat.eventsOf('user.custom_tool_result').map(({ custom_tool_use_id: id }) => id);
  expect(answered.toSorted()).toEqual(calls.toSorted());
  expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
}

it('lets the tool runner of the official SDK run the calls of a turn, under the own names of the tools', async () => {
  const sessionId = await begin('two cities');
  const getWeather = betaTool({
    ...{ name: 'get_weather', description: 'Tells the weather.', inputSchema },
    run: ({ city }) => {
      if (city === 'Oslo') throw new Error('Nobody is in Oslo');
      return `Sunny in ${city}`;
    },
  });
  const ran = [];
  for await (const call of sessions.events.toolRunner(sessionId, { tools: [getWeather], maxIdleMs: 1 })) {
    ran.push([call.name, call.event.input, call.posted, call.isError]);
  }
  expect(ran).toEqual([
    ['get_weather', { city: 'Rome' }, true, false],
    ['get_weather', { city: 'Oslo' }, true, true],
  ]);
  await using chat = await openChat(server, { sessionId });
  await chat.waitForTurns(1);
  expect(toldOf('two cities')).toEqual([
    ['Sunny in Rome', false],
    [expect.stringContaining('Nobody is in Oslo'), true],
  ]);
  expectEachAnsweredOnce(chat);
  expect(chat.eventsOf('session.approval_requested')).toEqual([]);
  expect(JSON.stringify(chat.events)).not.toContain('mcp__');
  // All of them, without a search: the agent's definition names them.
  const { tools = [] } = (model.requests.findLast(({ body }) => body)?.body ?? {}) as { tools?: { name: string }[] };
  const offered = tools.map(({ name }) => name).filter((name) => name.startsWith('mcp__'));
  expect(offered).toHaveLength(3);
  expect(offered).toContain('mcp__custom__get_weather');
});

it('denies what a rule of the policy denies, and shows it to no program as a call to run', async () => {
  await using chat = await openChat(server, { sessionId: await begin('delete') });
  await chat.waitForTurns(1);
  expect(chat.eventsOf('agent.custom_tool_use')).toEqual([]);
  expect(chat.eventsOf('agent.tool_use')).toMatchObject([{ name: 'delete_city', evaluated_permission: 'deny' }]);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([{ content: [{ text: 'Cities stay' }], is_error: true }]);
  expect(textsOf(chat)).toEqual(['I may not.']);
});

it('takes a result once, the same again, and says of every other one why not', async () => {
  const sessionId = await begin('two cities');
  await using chat = await openChat(server, { sessionId });
  const [first, second] = await waitForCalls(chat, 2);
  const send = (...events: Anthropic.Beta.Sessions.EventSendParams['events']) =>
    sessions.events.send(sessionId, { events });
  const refusals = [
    [result('sevt_unknown', 'x'), 400, 'has no custom tool call'],
    [{ type: 'user.tool_confirmation', tool_use_id: first ?? '', result: 'allow' }, 400, 'user.custom_tool_result'],
  ] as const;
  for (const [event, status, text] of refusals) {
    await expect(send(event)).rejects.toMatchObject({ status, message: expect.stringContaining(text) as string });
  }
  const { data: [stored] = [] } = await send(result(first, 'Rain'));
  expect(stored).toMatchObject({ ...result(first, 'Rain'), is_error: false });
  // Only half of it is new.
  const { data } = await send(result(first, 'Rain'), result(second, 'Snow'));
  expect(data?.[0]).toEqual(stored);
  expect(data).toHaveLength(2);
  await chat.waitForTurns(1);
  expect((await send(result(first, 'Rain'))).data).toEqual([stored]);
  await expect(send(result(first, 'Sun'))).rejects.toMatchObject({ status: 400 });
  expect(toldOf('two cities')).toEqual([
    ['Rain', false],
    ['Snow', false],
  ]);
  expectEachAnsweredOnce(chat);
});

it('ends a call without a result when it is interrupted, and takes none afterwards', async () => {
  await using chat = await openChat(server, { sessionId: await begin('one city') });
  const [call] = await waitForCalls(chat, 1);
  expect(chat.eventsOf('agent.custom_tool_use')).toMatchObject([{ name: LONG_NAME }]);
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
  expect(chat.eventsOf('user.custom_tool_result')).toMatchObject([{ cut_off: true, is_error: true }]);
  await expect(chat.send(result(call, 'Late'))).rejects.toThrow('ended without a result');
  await chat.send(message('hello'));
  await chat.waitForTurns(2);
  expectEachAnsweredOnce(chat);
});

describe('sessions whose server is killed', () => {
  let waiting: { sessionId: string; calls: string[] };
  let answered: string;
  let interrupted: { sessionId: string; calls: string[] };
  beforeAll(async () => {
    const [first, second, third] = await Promise.all(['two cities', 'then hang', 'one city'].map(begin));
    await using one = await openChat(server, { sessionId: first ?? '' });
    await using two = await openChat(server, { sessionId: second ?? '' });
    await using three = await openChat(server, { sessionId: third ?? '' });
    waiting = { sessionId: one.sessionId, calls: await waitForCalls(one, 2) };
    interrupted = { sessionId: three.sessionId, calls: await waitForCalls(three, 1) };
    answered = two.sessionId;
    const [call] = await waitForCalls(two, 1);
    // The second of two that the CLI makes one after the other: its process waits for the first.
    await one.send(result(waiting.calls[1], 'Snow'));
    await two.send(result(call, 'Rain'));
    await until('the model has the result', () => findTold('then hang').length === 1);
    process.kill((await waitForCli(server, two.sessionId)).pid, 'SIGKILL');
    await until('the model has it of the next process', () => findTold('then hang').length === 2);
    await server.kill('SIGKILL');
    hangs = false;
    await server.restart();
  });

  it('give the agent a result that it may not have got', async () => {
    await using chat = await openChat(server, { sessionId: answered });
    await chat.waitForTurns(1);
    // Each process has told the model of one call, and of one result.
    expect(findTold('then hang').map(({ allToolCalls }) => allToolCalls.length)).toEqual([1, 1, 1]);
    expect(textsOf(chat)).toEqual(['It is known now.']);
    expect(chat.eventsOf('session.process_restarting').map(({ cause }) => cause)).toEqual(['died', 'server_restarted']);
    expectEachAnsweredOnce(chat);
  });

  it('wait on for what was not answered, and keep what was', async () => {
    const { sessionId, calls } = waiting;
    await using chat = await openChat(server, { sessionId });
    await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'waiting');
    await chat.send(result(calls[1], 'Snow'));
    await chat.send(result(calls[0], 'Sun', { is_error: true }));
    await chat.waitForTurns(1);
    expect(toldOf('two cities')).toEqual([
      ['Sun', true],
      ['Snow', false],
    ]);
    expect(textsOf(chat)).toEqual(['Both are known.']);
    expectEachAnsweredOnce(chat);
  });

  it('end a call without a result when they are interrupted, archived and deleted', async () => {
    const { sessionId, calls } = interrupted;
    await using chat = await openChat(server, { sessionId });
    await expect(sessions.archive(sessionId)).rejects.toMatchObject({ status: 409 });
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
    expectEachAnsweredOnce(chat);
    await sessions.archive(sessionId);
    await expect(chat.send(result(calls[0], 'Late'))).rejects.toThrow('archived');
    await sessions.delete(sessionId);
    await expect(chat.send(result(calls[0], 'Late'))).rejects.toThrow('There is no session');
  });
});
