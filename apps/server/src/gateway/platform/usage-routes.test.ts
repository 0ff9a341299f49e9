import type { UsageResource } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { openStore } from '../../store/open-store.ts';
import type { NewModelRequest } from '../../store/usage.ts';
import { createUsageReports } from '../../usage/usage-report.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';
import { usageRoutes } from './usage-routes.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

const CALLS = [
  { at: '2026-11-28T23:30:00.000Z', ownerId: 'user_1', model: 'opus', costMicroUsd: 1 },
  { at: '2026-11-30T09:00:00.000Z', ownerId: 'user_1', model: 'opus', costMicroUsd: 2_500_000 },
  { at: '2026-11-30T09:30:00.000Z', ownerId: 'user_2', model: '=new', costMicroUsd: null },
];

/** The routes on a store with these calls, for a user, or for an operator. */
async function openRoutes(userId: string, role: 'user' | 'operator') {
  let now = NOW;
  const store = await openStore({ url: 'sqlite::memory:', nowMs: () => now });
  for (const [index, { at, ...call }] of CALLS.entries()) {
    now = Date.parse(at);
    const request: NewModelRequest = {
      ...{ id: `req_${index}`, sessionId: null, agentId: null, turn: null, cause: 'agent', priceVersion: 'list-1' },
      ...{ inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, cacheWrite1hTokens: 0 },
      ...{ webSearches: 0, statusCode: 200, isError: false, durationMs: 1 },
      ...call,
    };
    await store.usage.append(request);
  }
  now = Date.parse('2026-11-30T10:00:00Z');
  const difference = { sessionId: 'sesn_1', costMicroUsd: 1, reportedMicroUsd: 1_000_000 };
  await store.usage.noteDifference({ ...difference, turn: 1, ownerId: 'user_1' });
  await store.usage.noteDifference({ ...difference, turn: 2, ownerId: 'user_2' });
  now = NOW;
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  admitAs(app, toTestActor(userId, role));
  const usage = createUsageReports({
    ...{ store, now: () => now, timeZone: 'Europe/Berlin' },
    findUserNames: async () => new Map([['user_1', 'Ada']]),
  });
  await app.register(usageRoutes, { usage });
  return {
    app,
    async read(query = '') {
      const response = await app.inject({ url: `/api/v1/usage${query}` });
      return { status: response.statusCode, ...response.json<UsageResource & { error?: { message: string } }>() };
    },
    [Symbol.asyncDispose]: () => app.close().then(() => store.close()),
  };
}

const toCosts = ({ data }: UsageResource) => data.map(({ group, requests, cost_usd: cost }) => [group, requests, cost]);

describe('usage', () => {
  it('is of the last 30 days by default, each day in the time zone of the operator', async () => {
    await using routes = await openRoutes('op', 'operator');
    const usage = await routes.read();
    expect(usage.data).toHaveLength(31);
    expect(toCosts(usage).filter(([, requests]) => requests !== 0)).toEqual([
      ['2026-11-29T00:00:00+01:00', 1, '0.000001'],
      ['2026-11-30T00:00:00+01:00', 2, '2.50'],
    ]);
    expect(usage.total).toMatchObject({ requests: 3, unpriced_requests: 1, cost_usd: '2.500001', input_tokens: 3 });
    expect(usage).toMatchObject({ to: '2026-11-30T12:00:00.000Z', time_zone: 'Europe/Berlin', has_more: false });
  });

  it('is of another time and time zone where asked for', async () => {
    await using routes = await openRoutes('op', 'operator');
    const days = await routes.read('?from=2026-11-28&to=2026-11-28&time_zone=UTC');
    expect(toCosts(days)).toEqual([['2026-11-28T00:00:00+00:00', 1, '0.000001']]);
    const hours = await routes.read('?from=2026-11-30T08:30:00Z&to=2026-11-30T10:00:00Z&group_by=hour&time_zone=UTC');
    expect(toCosts(hours)).toEqual([
      ['2026-11-30T08:00:00+00:00', 0, '0.00'],
      ['2026-11-30T09:00:00+00:00', 2, '2.50'],
    ]);
  });

  it('is by user and by model with the dearest first, and says that there is more', async () => {
    await using routes = await openRoutes('op', 'operator');
    const users = await routes.read('?group_by=user');
    expect(users.data.map(({ group, name }) => [group, name])).toEqual([
      ['user_1', 'Ada'],
      ['user_2', null],
    ]);
    const models = await routes.read('?group_by=model&limit=1');
    expect(toCosts(models)).toEqual([['opus', 2, '2.500001']]);
    expect(models).toMatchObject({ has_more: true, total: { requests: 3 } });
  });

  it('is one’s own, and nobody else’s without being an operator', async () => {
    await using routes = await openRoutes('user_2', 'user');
    expect(toCosts(await routes.read('?group_by=user'))).toEqual([['user_2', 1, '0.00']]);
    expect(await routes.read('?group_by=day&user_id=user_2')).toMatchObject({ total: { requests: 1 } });
    expect(await routes.read('?user_id=user_1')).toMatchObject({ status: 403 });
    expect(await routes.read('/differences')).toMatchObject({ data: [{ turn: 2, user_id: 'user_2' }] });
    expect(await routes.read('/differences?user_id=user_1')).toMatchObject({ status: 403 });
  });

  it('comes as a file that a table program takes for no formula', async () => {
    await using routes = await openRoutes('op', 'operator');
    const csv = await routes.app.inject({ url: '/api/v1/usage?group_by=model&format=csv' });
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="usage-by-model.csv"',
    });
    expect(csv.body.split('\r\n')).toEqual([
      '"group","name","requests","unpriced_requests","input_tokens","output_tokens","cache_read_tokens","cache_write_tokens","cost_usd"',
      '"opus","","2","0","2","4","6","8","2.500001"',
      `"'=new","","1","1","1","2","3","4","0.00"`,
      '',
    ]);
  });

  it('lists the turns of which Claude Code has another figure, and the sums of all of them', async () => {
    await using routes = await openRoutes('op', 'operator');
    const figures = { cost_usd: '0.000001', reported_cost_usd: '1.00', difference_usd: '-0.999999' };
    expect(await routes.read('/differences?limit=1')).toMatchObject({
      data: [{ session_id: 'sesn_1', turn: 2, name: null, ...figures, causes: ['other'] }],
      total: { turns: 2, cost_usd: '0.000002', reported_cost_usd: '2.00', difference_usd: '-1.999998' },
      has_more: true,
    });
    const { body } = await routes.app.inject({ url: '/api/v1/usage/differences?format=csv&user_id=user_1' });
    expect(body.split('\r\n')[1]).toBe(
      '"2026-11-30T10:00:00.000Z","sesn_1","1","user_1","Ada","0.000001","1.00","-0.999999","0","0","0","other"',
    );
  });

  it.each([
    ['?group_by=hour&from=2020-01-01', 'at most 1008 hours or days'],
    ['?from=2026-11-30&to=2026-11-28', 'ends before it begins'],
    ['?time_zone=Mars', 'name of a time zone'],
    ['?from=yesterday', 'takes a time'],
  ])('refuses %s', async (query, reason) => {
    await using routes = await openRoutes('op', 'operator');
    const answer = await routes.read(query);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.error)).toContain(reason);
  });
});
