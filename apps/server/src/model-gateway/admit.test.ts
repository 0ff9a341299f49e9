import type { ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { SYSTEM } from '../audit/fact.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { createBudgets } from './fixtures/create-budgets.ts';
import {
  answerCheaply,
  CALL_BODY,
  CALL_MICRO_USD,
  spend,
  startBudgetedGateway,
  type BudgetedGateway,
} from './fixtures/budgeted-gateway.ts';
import { readBody } from './fixtures/gateway-harness.ts';
import type { ModelRetry } from './session-tokens.ts';

const readState = async ({ store }: BudgetedGateway, id: string) => {
  const since = { day: '0000-01-01', month: '0000-01-01', staleBefore: '0000-01-01' };
  const [state] = await store.budgets.readStates([id], since);
  return state && [state.spentMicroUsd, state.reservedMicroUsd];
};

it('lets many sessions spend a budget up to within one call, and says which one is used up', async () => {
  await using node = await startBudgetedGateway(answerCheaply, { url: 'sqlite::memory:', nodeId: 'one' });
  const [platform, user] = await createBudgets(node, [
    { scope: 'platform', limitMicroUsd: 20 * CALL_MICRO_USD },
    { scope: 'user', targetId: 'user_2', limitMicroUsd: 100_000 },
    { scope: 'user', targetId: 'user_3', limitMicroUsd: 0 },
  ]);
  const ofUser = await Promise.all(['a', 'b', 'c', 'd'].map((id) => spend(node.gateway, node.gateway.issue(id), 50)));
  expect(ofUser.reduce((sum, { made }) => sum + made, 0)).toBe(10);
  expect(JSON.parse(ofUser[0]?.refusal ?? '')).toMatchObject({
    type: 'error',
    error: { message: expect.stringMatching(/^The budget of this user, \$0\.10, is used up\./) },
  });
  expect((await spend(node.gateway, node.gateway.token, 50)).made).toBe(10);
  await until('all is counted', async () => (await readState(node, platform))?.[1] === 0);
  expect(await readState(node, platform)).toEqual([20 * CALL_MICRO_USD, 0]);
  expect(await readState(node, user)).toEqual([10 * CALL_MICRO_USD, 0]);
});

it('gives back what a call had reserved that cost nothing, however it ended', async () => {
  const ends: ((how: 'fail' | 'break') => void)[] = [];
  await using node = await startBudgetedGateway(
    (_request, response) => {
      ends.push((how) => {
        if (how === 'break') response.destroy();
        else response.writeHead(500).end('{}');
      });
    },
    { url: 'sqlite::memory:', nodeId: 'one' },
  );
  const [id] = await createBudgets(node, [{ scope: 'platform', limitMicroUsd: 3 * CALL_MICRO_USD }]);
  const call = (signal?: AbortSignal) =>
    node.gateway.call({
      ...{ headers: { 'x-api-key': node.gateway.token }, body: CALL_BODY },
      ...(signal !== undefined && { signal }),
    });
  const gone = new AbortController();
  const calls = [call(), call()];
  await until('two are made', () => ends.length === 2);
  // A third one has to wait until another has ended, and its client does not.
  const impatient = call(gone.signal).catch(() => 'gone');
  gone.abort();
  expect(await impatient).toBe('gone');
  const third = call();
  expect((await readState(node, id))?.[1]).toBeGreaterThan(2 * CALL_MICRO_USD);
  ends[0]?.('fail');
  await until('the third is made', () => ends.length === 3);
  ends[1]?.('break');
  ends[2]?.('fail');
  for (const answer of await Promise.all([...calls, third])) await readBody(answer);
  await until('nothing is reserved', async () => (await readState(node, id))?.[1] === 0);
  expect((await readState(node, id))?.[0]).toBe(0);
});

it('reserves nothing for a call while it waits, and asks again before it is made again', async () => {
  const answers: ServerResponse[] = [];
  const waits: ModelRetry[] = [];
  await using node = await startBudgetedGateway((_request, response) => void answers.push(response), {
    ...{ url: 'sqlite::memory:', nodeId: 'one', maxRetries: 2 },
    listener: {
      onCallBegin: () => undefined,
      onCallEnd: () => undefined,
      onRetryWait: (wait) => void waits.push(wait),
      onRetryWaitEnd: () => undefined,
    },
  });
  const [id] = await createBudgets(node, [{ scope: 'platform', limitMicroUsd: 3 * CALL_MICRO_USD }]);
  const call = () => node.gateway.call({ headers: { 'x-api-key': node.gateway.token }, body: CALL_BODY });
  const readReserved = async () => (await readState(node, id))?.[1] ?? 0;
  const called = call();
  for (const attempt of [1, 2]) {
    await until('it is made', () => answers.length === attempt);
    expect(await readReserved()).toBeGreaterThan(CALL_MICRO_USD);
    answers.at(-1)?.writeHead(503, { 'retry-after': '300' }).end('{}');
    await until('it waits', () => waits.length === attempt);
    await until('nothing is reserved', async () => (await readReserved()) === 0);
    if (attempt === 2) await node.budgets.book.change(SYSTEM, id, { limitMicroUsd: 0 });
    waits.at(-1)?.retryNow();
  }
  const answer = await called;
  expect([answer.statusCode, await readBody(answer)]).toEqual([400, expect.stringContaining('is used up')]);
  expect(answers).toHaveLength(2);
});

it('refuses a model without a price, which no budget can measure, and asks nothing without a budget', async () => {
  await using node = await startBudgetedGateway(answerCheaply, { url: 'sqlite::memory:', nodeId: 'one' });
  const call = async (body: object) => {
    const headers = { 'x-api-key': node.gateway.token };
    const answer = await node.gateway.call({ headers, body: JSON.stringify(body) });
    return [answer.statusCode, await readBody(answer)] as const;
  };
  expect((await call({ model: 'gpt-9' }))[0]).toBe(200);
  await createBudgets(node, [{ scope: 'agent', targetId: 'agent_x', limitMicroUsd: 0 }]);
  expect((await call({ model: 'gpt-9' }))[0]).toBe(200);
  await createBudgets(node, [{ scope: 'platform', limitMicroUsd: 1_000_000 }]);
  const [status, text] = await call({ model: 'gpt-9' });
  expect([status, text]).toEqual([400, expect.stringContaining('The model gpt-9 has no price')]);
  expect((await call({ model: 'claude-opus-5' }))[0]).toBe(200);
  expect((await call({}))[0]).toBe(400);
});

it('counts after a kill what was stored and not counted, and ends what the killed server had reserved', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'csp-budgets-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dir, { recursive: true }));
  const url = `sqlite:${join(dir, 'csp.db')}`;
  const hangs = Promise.withResolvers<void>();
  const killed = await startBudgetedGateway(
    (request, response) => {
      if (request.url?.endsWith('?hang') === true) return hangs.resolve();
      return answerCheaply(request, response);
    },
    { url, nodeId: 'one' },
  );
  const [id] = await createBudgets(killed, [{ scope: 'platform', limitMicroUsd: 10 * CALL_MICRO_USD }]);
  await spend(killed.gateway, killed.gateway.token, 1);
  await until('it is stored', async () => (await killed.store.spendDays.listUncounted(1)).length === 1);
  const headers = { 'x-api-key': killed.gateway.token };
  const cut = killed.gateway.call({ headers, path: '/v1/messages?hang', body: CALL_BODY }).catch(() => undefined);
  await hangs.promise;
  expect((await readState(killed, id))?.[1]).toBeGreaterThan(CALL_MICRO_USD);
  await killed.kill();
  await cut;
  await using next = await startBudgetedGateway(answerCheaply, { url, nodeId: 'one' });
  expect(await readState(next, id)).toEqual([CALL_MICRO_USD, 0]);
});

it('tells the webhook once when a budget is nearly used up, and once when it is, and again for another limit', async () => {
  const told: unknown[] = [];
  const webhook = {
    put: async ({ type, data }: Parameters<Webhook['put']>[0]) =>
      void told.push([type, data['limit_usd'], data['spent_usd']]),
    wake: () => undefined,
  };
  await using node = await startBudgetedGateway(answerCheaply, { url: 'sqlite::memory:', nodeId: 'one', webhook });
  const [id] = await createBudgets(node, [{ scope: 'platform', limitMicroUsd: 4 * CALL_MICRO_USD, warnAt: 0.5 }]);
  for (let calls = 1; calls <= 4; calls += 1) {
    await spend(node.gateway, node.gateway.token, 1);
    await until('it is counted', async () => (await readState(node, id))?.[0] === calls * CALL_MICRO_USD);
    if (calls === 2) await until('it is told', () => told.length === 1);
  }
  await until('it is told', () => told.length === 2);
  await node.budgets.book.change(SYSTEM, id, { limitMicroUsd: 5 * CALL_MICRO_USD });
  await until('it is told', () => told.length === 3);
  expect(told).toEqual([
    ['budget.warned', '0.04', '0.02'],
    ['budget.reached', '0.04', '0.04'],
    ['budget.warned', '0.05', '0.04'],
  ]);
});
