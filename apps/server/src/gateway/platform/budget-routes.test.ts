import type { BudgetResource } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import type { Fact } from '../../audit/fact.ts';
import { BudgetBook } from '../../budgets/budget-book.ts';
import { createBudgetReports } from '../../budgets/budget-reports.ts';
import { openStore } from '../../store/open-store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';
import { budgetRoutes } from './budget-routes.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

async function openRoutes() {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await openStore({ url: 'sqlite::memory:', nowMs: () => NOW }));
  const facts: Fact[] = [];
  const audit = { record: async (fact: Fact) => void facts.push(fact) };
  const book = new BudgetBook({ store, audit, now: () => NOW, logger: createLogger({ level: 'silent' }) });
  await book.start();
  const reports = createBudgetReports({
    ...{ store, now: () => NOW, timeZone: 'Europe/Berlin' },
    findFallbackProblem: (model) => (model === 'cheap' ? undefined : `The model ${model} has no price`),
    fallbackModels: [{ model: 'cheap', input_usd: 1, output_usd: 5 }],
    findUserNames: async () => new Map([['ann', 'Ann']]),
  });
  const openAs = async (userId: string, role: 'user' | 'operator') => {
    const app = stack.adopt(fastify(zodSchemas), (each) => each.close());
    app.setErrorHandler(sendError);
    admitAs(app, toTestActor(userId, role));
    await app.register(budgetRoutes, { budgets: book, budgetReports: reports });
    return async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
      const answer = await app.inject({ method, url: `/api/v1/budgets${path}`, ...(body && { body }) });
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json<Answer>() };
    };
  };
  return { store, facts, openAs, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Answer = BudgetResource & { data: BudgetResource[]; error?: { message: string; details: object } };

const limit = (amount: string) => ({ amount, currency: 'USD' });

it('lets operators make, change and delete budgets, says what counts against them, and keeps facts of it', async () => {
  await using routes = await openRoutes();
  const ask = await routes.openAs('op', 'operator');
  await routes.store.database
    .insertInto('spend_days')
    .values([
      { scope: 'platform', target_id: '', day: '2026-11-30', micro_usd: 4_000_005, unpriced: 1 },
      { scope: 'platform', target_id: '', day: '2026-11-29', micro_usd: 1_000_000, unpriced: 0 },
    ])
    .execute();
  const made = await ask('POST', '', { scope: 'platform', period: 'month', limit: limit('600'), warn_at: 0.8 });
  expect(made).toMatchObject({
    status: 201,
    body: {
      ...{ type: 'budget', scope: 'platform', target_id: null, name: null, period: 'month', limit: limit('600') },
      ...{ warn_at: 0.8, state: 'warned', spent_usd: '5.000005', reserved_usd: '0.00', unpriced_requests: 1 },
      ...{ period_ends_at: '2026-11-30T23:00:00.000Z', version: 1 },
    },
  });
  const path = `/${made.body?.id}`;
  const raised = await ask('PATCH', path, { limit: limit('10000'), version: 1 });
  expect(raised.body).toMatchObject({ state: 'ok', warn_at: 0.8, limit: limit('10000'), version: 2 });
  expect((await ask('PATCH', path, { warn_at: null, version: 1 })).status).toBe(409);
  const fallback = { at: 0.9, model: 'cheap' };
  expect((await ask('PATCH', path, { fallback })).body).toMatchObject({ fallback, warn_at: 0.8, version: 3 });
  const odd = await ask('PATCH', path, { fallback: { at: 0.9, model: 'odd' } });
  expect([odd.status, odd.body?.error]).toMatchObject([400, { message: 'The model odd has no price' }]);
  expect((await ask('PATCH', path, { fallback: null })).body).toMatchObject({ fallback: null, version: 4 });
  expect((await ask('PATCH', path, { limit: limit('500') })).body).toMatchObject({ state: 'reached' });
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await ask('DELETE', path)).status).toBe(404);
  expect((await ask('GET', '')).body?.data).toEqual([]);
  expect(routes.facts.map(({ action, details }) => [action, details?.['limit_micro_usd']])).toEqual([
    ['budget.create', 6_000_000],
    ['budget.update', 100_000_000],
    ['budget.update', 100_000_000],
    ['budget.update', 100_000_000],
    ['budget.update', 5_000_000],
    ['budget.delete', 5_000_000],
  ]);
});

it('refuses amounts that are no whole cents, and targets that there are not', async () => {
  await using routes = await openRoutes();
  const ask = await routes.openAs('op', 'operator');
  const plan = { scope: 'platform', period: 'day', limit: limit('1') };
  const wrong = [
    { ...plan, limit: limit('1.5') },
    { ...plan, limit: limit('01') },
    { ...plan, limit: { amount: '1', currency: 'EUR' } },
    { ...plan, target_id: 'ann' },
    { ...plan, scope: 'user' },
    { ...plan, scope: 'user', target_id: 'nobody' },
    { ...plan, scope: 'agent', target_id: 'ann' },
    { ...plan, warn_at: 1.5 },
  ];
  for (const body of wrong) expect(await ask('POST', '', body), JSON.stringify(body)).toMatchObject({ status: 400 });
  expect((await ask('GET', '')).body?.data).toEqual([]);
});

it('shows others their own budgets only, and lets them change none', async () => {
  await using routes = await openRoutes();
  const operator = await routes.openAs('op', 'operator');
  const plan = { period: 'day', limit: limit('100') };
  await operator('POST', '', { ...plan, scope: 'platform' });
  const made = await operator('POST', '', { ...plan, scope: 'user', target_id: 'ann' });
  const ann = await routes.openAs('ann', 'user');
  expect((await ann('GET', '')).body?.data).toEqual([made.body]);
  expect(made.body).toMatchObject({ name: 'Ann', target_id: 'ann' });
  expect((await (await routes.openAs('bob', 'user'))('GET', '')).body?.data).toEqual([]);
  expect((await operator('GET', '?scope=own')).body?.data).toEqual([]);
  for (const [method, path] of [
    ['POST', ''],
    ['PATCH', `/${made.body?.id}`],
    ['DELETE', `/${made.body?.id}`],
  ] as const)
    expect((await ann(method, path, { ...plan, scope: 'user', target_id: 'ann' })).status).toBe(403);
});
