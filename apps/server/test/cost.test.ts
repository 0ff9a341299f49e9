import { join } from 'node:path';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { breakStream, hang, say, useTool } from '@claude-sdk-pattern/scripted-model';
import Database from 'better-sqlite3';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { NO_CALL_USAGE, type CallUsage } from '../src/usage/call-usage.ts';
import { createPriceCall } from '../src/usage/price-call.ts';
import { LIST_PRICES } from '../src/usage/price-table.ts';
import { waitForCli } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const LONG = 'for i in $(seq 300); do sleep 1; done';

/** The models of all requests so far. */
const asked = () => model.requests.flatMap(({ body }) => (body?.model === undefined ? [] : [body.model]));
const isCheap = (name: string | undefined) => name?.startsWith('claude-haiku-4-5') === true;

const { model, server } = await useStage([
  { match: { userText: 'Look for it', subagent: true }, reply: [say('Found.')] },
  {
    match: { userText: 'delegate' },
    reply: [
      useTool('Agent', { description: 'Look', prompt: 'Look for it', subagent_type: 'general-purpose' }),
      say('Done.'),
    ],
  },
  { match: { userText: 'ended unexpectedly' }, reply: [say('I go on.')] },
  { match: { userText: 'It has room again' }, reply: [say('I go on.')] },
  { match: { userText: 'break twice' }, reply: [[say('Half'), breakStream({ times: 2 })]] },
  { match: { userText: 'hang' }, reply: [[say('Thinking'), hang()]] },
  { match: { userText: 'loop' }, reply: () => [useTool('Bash', { command: 'true' })] },
  {
    match: { userText: 'spend' },
    reply: () => (isCheap(asked().at(-1)) ? say('Done.') : useTool('Bash', { command: 'true' })),
  },
  { match: { userText: 'work' }, reply: [useTool('Bash', { command: LONG }), say('Worked.')] },
  { reply: [say('Done.')] },
]);

it('counts what a turn has cost once, also when its process goes on from a hibernated one', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  for (const action of ['archive', 'unarchive']) {
    await server.fetch(`/v1/sessions/${chat.sessionId}/${action}`, { method: 'POST' });
  }
  await chat.waitForEvent('session.process_hibernated');
  await chat.say('two');
  await chat.waitForTurns(2);
  const turns = chat.eventsOf('session.turn_completed');
  const [first, second] = turns.map((event) => event.cost_usd);
  expect(first).toBeGreaterThan(0);
  // What the first turn has written into the prompt cache the second reads, which costs a fraction.
  expect(second).toBeLessThan((first ?? 0) / 2);
  expect(chat.eventsOf('session.usage').at(-1)?.cost_usd).toBeCloseTo((first ?? 0) + (second ?? 0), 6);
  // Claude Code counts the same.
  expect(turns.map((event) => event.reported_cost_usd)).toEqual([undefined, undefined]);
  // One request of the same size each.
  expect(turns[1]?.input_tokens).toBe(turns[0]?.input_tokens);
  expect(turns[1]?.output_tokens).toBe(turns[0]?.output_tokens);
});

it('counts what a subagent has used alike in the turn, in the session and in its resource', async () => {
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  await chat.say('delegate');
  await chat.waitForTurns(1);
  const [turn] = chat.eventsOf('session.turn_completed');
  expect(turn?.reported_cost_usd).toBeUndefined();
  const ofMainLoop = chat
    .eventsOf('span.model_request_end')
    .reduce((sum, { model_usage: usage }) => sum + usage.output_tokens, 0);
  expect(turn?.output_tokens).toBeGreaterThan(ofMainLoop);
  expect(chat.eventsOf('session.usage').at(-1)?.usage).toMatchObject({
    input_tokens: turn?.input_tokens,
    output_tokens: turn?.output_tokens,
  });
  const session = await (await server.fetch(`/v1/sessions/${chat.sessionId}`)).json();
  expect(session).toMatchObject({
    usage: { input_tokens: turn?.input_tokens, output_tokens: turn?.output_tokens },
  });
});

const priceCall = createPriceCall(LIST_PRICES);

const priceOf = (usage: Partial<CallUsage>) => (priceCall({ ...NO_CALL_USAGE, ...usage }).microUsd ?? Number.NaN) / 1e6;

type SpanUsage = Extract<SessionEvent, { type: 'span.model_request_end' }>['model_usage'];

/** In US dollars. */
const priceSpan = (of: SpanUsage) =>
  priceOf({
    model: 'claude-opus-5-5',
    inputTokens: of.input_tokens,
    outputTokens: of.output_tokens,
    cacheReadTokens: of.cache_read_input_tokens,
    cacheWriteTokens: of.cache_creation_input_tokens,
  });

/** What the turns of a chat have cost by our own prices, beside what they say. */
const toCosts = (chat: Chat) =>
  chat.eventsOf('session.turn_completed').map((turn) => ({
    stated: turn.cost_usd,
    reported: turn.reported_cost_usd,
    priced: priceOf({
      model: 'claude-opus-5-5',
      inputTokens: turn.input_tokens,
      outputTokens: turn.output_tokens,
      cacheReadTokens: turn.cache_read_input_tokens ?? 0,
      cacheWriteTokens: turn.cache_creation_input_tokens ?? 0,
    }),
  }));

it('counts what a process has used that was killed before it could say, at the prices of one that says', async () => {
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  await chat.say('hello');
  await chat.waitForTurns(1);
  await chat.say('work');
  await chat.waitForEvent('span.model_request_end', () => chat.eventsOf('span.model_request_end').length === 2);
  process.kill((await waitForCli(server, chat.sessionId)).pid, 'SIGKILL');
  await chat.waitForTurns(2);
  const [said, killed] = toCosts(chat);
  expect(said?.priced).toBeCloseTo(said?.stated ?? 0, 9);
  expect(killed?.priced).toBeCloseTo(killed?.stated ?? 0, 9);
  const spans = chat.eventsOf('span.model_request_end').map(({ model_usage: usage }) => usage.output_tokens);
  const ofSession = chat.eventsOf('session.usage').at(-1);
  expect(ofSession?.usage.output_tokens).toBe(spans.reduce((sum, tokens) => sum + tokens, 0));
  expect(ofSession?.cost_usd).toBeCloseTo((said?.stated ?? 0) + (killed?.stated ?? 0), 9);
});

/** What the model has charged for, and what is recorded: tokens and cost of each call, in the same order. */
function readLedgers() {
  using stack = new DisposableStack();
  const file = stack.adopt(new Database(join(server.dataDir, 'csp.db'), { readonly: true }), (each) => each.close());
  const rows = file
    .prepare(
      'select input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd from model_requests',
    )
    .raw()
    .all();
  const billed = model.requests.flatMap(({ body, billed: used }) => {
    if (body === undefined || used === undefined) return [];
    const usage = {
      ...{ inputTokens: used.input_tokens ?? 0, outputTokens: used.output_tokens ?? 0 },
      ...{
        cacheReadTokens: used.cache_read_input_tokens ?? 0,
        cacheWriteTokens: used.cache_creation_input_tokens ?? 0,
      },
    };
    return [[...Object.values(usage), priceCall({ ...NO_CALL_USAGE, model: body.model, ...usage }).microUsd]];
  });
  const toSorted = (all: unknown[]) => all.map((each) => JSON.stringify(each)).toSorted();
  return { recorded: toSorted(rows), billed: toSorted(billed) };
}

function readRows(select: string): unknown[][] {
  using stack = new DisposableStack();
  const file = stack.adopt(new Database(join(server.dataDir, 'csp.db'), { readonly: true }), (each) => each.close());
  return file.prepare(select).raw().all() as unknown[][];
}

const readReplaced = () =>
  readRows('select distinct model, requested_model from model_requests where requested_model is not null');

/** What stored calls have cost, and what counts against budgets of the platform: in micro-dollars. */
function readSums() {
  using stack = new DisposableStack();
  const file = stack.adopt(new Database(join(server.dataDir, 'csp.db'), { readonly: true }), (each) => each.close());
  const sum = (select: string) => Number(file.prepare(select).pluck().get());
  return {
    stored: sum('select sum(cost_micro_usd) from model_requests'),
    counted: sum(`select sum(micro_usd) from spend_days where scope = 'platform'`),
  };
}

/** The nth answer of a chat that hangs has shown its first words. */
const waitForBegun = (chat: Chat, count: number) =>
  until('the answer is seen', () => {
    const seen = chat.socket.frames.filter(
      (frame) => frame.type === 'preview' && JSON.stringify(frame).includes('Thinking'),
    );
    return seen.length >= count;
  });

it('keeps to the budget of a session as the API has it, and goes on with the turn when that is raised', async () => {
  const toBudget = (amount: number) => ({ type: 'limit', max_list_cost: { amount: String(amount), currency: 'USD' } });
  const update = async (budget: object | null) => {
    const body = JSON.stringify({ budget });
    const headers = { 'content-type': 'application/json' };
    const answer = await server.fetch(`/v1/sessions/${chat.sessionId}`, { method: 'POST', headers, body });
    const { error, budget: told } = (await answer.json()) as { error?: { details: object }; budget?: object };
    return error?.details ?? told;
  };
  await using chat = await openChat(server, {
    session: { permission_mode: 'bypassPermissions', budget: toBudget(20) },
  });
  await chat.say('loop');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason).toEqual({ type: 'budget_reached' });
  expect(await update(toBudget(19))).toMatchObject({ reason: 'budget_not_raised' });
  expect(await update(toBudget(500))).toEqual(toBudget(500));
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason).toEqual({ type: 'end_turn' });
  expect(textsOf(chat).at(-1)).toBe('I go on.');
  expect(await update(null)).toBeNull();
  expect(await update(toBudget(500))).toMatchObject({ reason: 'budget_create_only' });
  const create = openChat(server, { session: { model: 'gpt-9', budget: toBudget(1) } });
  await expect(create).rejects.toThrow('model_not_budgetable');
});

interface ToldBudget {
  id: string;
  state: string;
  spent_usd: string;
}

it('ends a turn within one model call of a budget, says which one, and goes on when it is raised', async () => {
  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.fetch(path, { method, ...(body && { headers, body: JSON.stringify(body) }) });
    expect(answer.status).toBeLessThan(300);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };
  const limit = (amount: number) => ({ limit: { amount: String(amount), currency: 'USD' } });
  const plan = { scope: 'platform', period: 'day', ...limit(1_000_000) };
  const { id, spent_usd: before } = await ask<ToldBudget>('POST', '/api/v1/budgets', plan);
  const path = `/api/v1/budgets/${id}`;
  const cents = Math.ceil(Number(before) * 100) + 20;
  await ask('PATCH', path, limit(cents));
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  await chat.say('loop');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason).toEqual({ type: 'budget_reached' });
  expect(chat.eventsOf('session.error')).toMatchObject([
    {
      error: {
        type: 'billing_error',
        budget_id: id,
        message: expect.stringMatching(/^The daily budget of the platform, \$\S+, is used up\. Work goes on at 20/),
      },
    },
  ]);
  const dearest = Math.max(...chat.eventsOf('span.model_request_end').map(({ model_usage: of }) => priceSpan(of)));
  const reached = await until('it is counted', async () => {
    const { data } = await ask<{ data: ToldBudget[] }>('GET', '/api/v1/budgets');
    return data.find(({ state }) => state === 'reached');
  });
  expect(Number(reached.spent_usd) - cents / 100).toBeLessThan(dearest);
  // What is said meanwhile waits, and goes on by itself.
  await chat.say('hello');
  await chat.waitForEvent('session.status_idle', () => chat.eventsOf('session.status_idle').length === 2);
  expect(chat.eventsOf('session.turn_started')).toHaveLength(1);
  await ask('PATCH', path, limit(cents + 1_000));
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason).toEqual({ type: 'end_turn' });
  await ask('DELETE', path);
});

it('goes on with a cheaper model from a share of a budget on, in the same turn, until the budget has room again', async () => {
  const ask = async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.fetch(path, { method, headers, body: JSON.stringify(body) });
    expect(answer.status).toBeLessThan(300);
    return (await answer.json()) as { id: string };
  };
  await using chat = await openChat(server, { session: { permission_mode: 'bypassPermissions' } });
  const [[agentId] = []] = readRows(`select agent_id from sessions where id = '${chat.sessionId}'`);
  const fallback = { at: 0, model: 'claude-haiku-4-5' };
  const plan = { scope: 'agent', target_id: agentId, period: 'day', limit: { amount: '100000', currency: 'USD' } };
  const before = asked().length;
  await chat.say('spend');
  await until('it works with its own model', () => asked().length > before + 1);
  const { id } = await ask('POST', '/api/v1/budgets', { ...plan, fallback });
  await chat.waitForTurns(1);
  expect(asked().slice(before).some(isCheap)).toBe(true);
  const told = () => chat.eventsOf('session.notice').map(({ text }) => text);
  expect(told()).toEqual([
    expect.stringMatching(/^\d+ % of the daily budget of this agent.* goes on with claude-haiku-4-5 until 20/),
  ]);
  await ask('PATCH', `/api/v1/budgets/${id}`, { fallback: null });
  const asFar = asked().length;
  await chat.say('hello');
  await chat.waitForTurns(2);
  expect(asked().slice(asFar).every(isCheap)).toBe(false);
  expect(told().at(-1)).toMatch(/has room again/);
  expect(readReplaced()).toEqual([['claude-haiku-4-5', 'default']]);
  await server.fetch(`/api/v1/budgets/${id}`, { method: 'DELETE' });
});

it('records what the model charges, exactly: of retries, cut answers, and a server that is killed during and after one', async () => {
  await using chat = await openChat(server);
  await chat.say('break twice');
  await chat.waitForTurns(1);
  await chat.say('hang');
  await waitForBegun(chat, 1);
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(2);
  await chat.say('hang');
  await waitForBegun(chat, 2);
  await using other = await openChat(server, { session: { model: 'gpt-9' } });
  await other.say('hello');
  await other.waitForTurns(1);
  // Claude Code has some price for every model.
  const readDifferences = async () =>
    (await server.fetch(`/api/v1/usage/differences?session_id=${other.sessionId}`)).json();
  const unpriced = { turn: 1, cost_usd: '0.00', causes: ['unpriced'] };
  await expect.poll(readDifferences, { timeout: 20_000 }).toMatchObject({ data: [unpriced] });
  await server.kill();
  await server.restart();
  // It goes on by itself.
  await using again = await openChat(server, { sessionId: chat.sessionId });
  await again.waitForTurns(3);
  await until('all is stored', () => readLedgers().recorded.length >= readLedgers().billed.length);
  const { recorded, billed } = readLedgers();
  expect(billed.length).toBeGreaterThan(8);
  expect(recorded).toEqual(billed);
  await until('all is counted, once', () => {
    const { stored, counted } = readSums();
    return stored > 0 && counted === stored;
  });
});
