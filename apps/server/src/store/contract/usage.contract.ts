import { expect, test } from 'vitest';

import { listModelRequests } from '../fixtures/list-model-requests.ts';
import type { ModelRequest } from '../usage.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

let count = 0;

function newRequest(given: Partial<ModelRequest> = {}): Omit<ModelRequest, 'createdAt'> {
  return {
    id: `req_${(count += 1)}`,
    sessionId: 'sesn_1',
    ownerId: 'user_1',
    agentId: 'agent_1',
    turn: null,
    cause: 'agent',
    upstream: 'default',
    keyOwner: 'server',
    plugin: null,
    requestedModel: null,
    model: 'opus',
    inputTokens: 10,
    outputTokens: 20,
    cacheReadTokens: 30,
    cacheWriteTokens: 40,
    cacheWrite1hTokens: 15,
    webSearches: 1,
    costMicroUsd: 250_000,
    priceVersion: 'list-1',
    statusCode: 200,
    isError: false,
    isCut: false,
    durationMs: 12.5,
    ...given,
  };
}

export function describeUsage(backEnd: BackEnd): void {
  test('stores many at once, or none of them', async () => {
    await using store = await openTestStore(backEnd);
    const [first = newRequest(), ...others] = Array.from({ length: 1200 }, () => newRequest());
    await store.usage.appendAll(others);
    await expect(store.usage.appendAll([first, ...others])).rejects.toMatchObject({ code: 'conflict' });
    expect(await listModelRequests(store)).toHaveLength(1199);
    await store.usage.appendAll([]);
  });

  test('stores what a request has used, whole', async () => {
    await using store = await openTestStore(backEnd);
    const failed = newRequest({
      ...{ costMicroUsd: null, statusCode: null, isError: true, isCut: true, inputTokens: 6_000_000_000 },
      ...{ plugin: 'alpha', requestedModel: 'dear', keyOwner: 'user' },
    });
    await store.usage.append(failed);
    await store.usage.append(newRequest({ sessionId: null, ownerId: 'user_2', cause: 'subagent' }));
    expect(await listModelRequests(store, 'sesn_1')).toEqual([
      {
        ...{ id: failed.id, session_id: 'sesn_1', owner_id: 'user_1', agent_id: 'agent_1', turn: null },
        ...{ cause: 'agent', model: 'opus', requested_model: 'dear' },
        ...{ upstream: 'default', key_owner: 'user', plugin: 'alpha', is_cut: 1 },
        ...{ input_tokens: 6_000_000_000, output_tokens: 20, cache_read_tokens: 30, cache_write_tokens: 40 },
        ...{ cache_write_1h_tokens: 15, web_searches: 1, cost_micro_usd: null, price_version: 'list-1' },
        ...{ status_code: null, is_error: 1, duration_ms: 13 },
        ...{ created_at: '2026-02-01T12:00:00.000Z', counted: 0 },
      },
    ]);
    expect(await listModelRequests(store)).toMatchObject([
      {},
      { session_id: null, owner_id: 'user_2', cause: 'subagent', cost_micro_usd: 250_000 },
    ]);
  });

  test('sums what the requests of one turn have used', async () => {
    await using store = await openTestStore(backEnd);
    const of = (sessionId: string, turn: number | null, costMicroUsd: number | null = 250_000) =>
      newRequest({ sessionId, turn, costMicroUsd });
    await store.usage.appendAll([of('sesn_1', 2), of('sesn_1', 2, null), of('sesn_1', 1), of('sesn_1', null)]);
    await store.usage.append(of('sesn_2', 2));
    const sums = { inputTokens: 20, outputTokens: 40, cacheReadTokens: 60, cacheWriteTokens: 80 };
    expect(await store.usage.sumOfTurn('sesn_1', 2)).toEqual({ ...sums, costMicroUsd: 250_000, unpriced: 1 });
    expect(await store.usage.readContextTokens('sesn_1')).toBe(80);
    expect(await store.usage.readContextTokens('sesn_9')).toBe(0);
    const nothing = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
    expect(await store.usage.sumOfTurn('sesn_1', 3)).toEqual({ ...nothing, costMicroUsd: 0, unpriced: 0 });
  });

  test('adds up by who, by what and by time, exactly', async () => {
    await using store = await openTestStore(backEnd);
    await store.usage.appendAll([
      newRequest({
        ownerId: 'ann',
        model: 'opus',
        costMicroUsd: 1,
        upstream: 'west',
        keyOwner: 'user',
        plugin: 'alpha',
      }),
      newRequest({ ownerId: 'ann', model: 'sonnet', costMicroUsd: 2, agentId: null }),
      newRequest({ ownerId: 'bob', model: 'opus', costMicroUsd: 9_000_000_000_000 }),
      newRequest({ ownerId: 'bob', model: 'new', costMicroUsd: null, sessionId: null }),
    ]);
    const day = { from: '2026-02-01T00:00:00.000Z', to: '2026-02-02T00:00:00.000Z' };
    const by = async (column: Parameters<typeof store.usage.sumBy>[0], filter = {}, limit = 10) =>
      (await store.usage.sumBy(column, { ...day, ...filter }, limit)).map((sum) => [
        ...[sum.group, sum.requests, sum.unpriced, sum.costMicroUsd],
      ]);
    expect(await by('owner_id')).toEqual([
      ['bob', 2, 1, 9_000_000_000_000],
      ['ann', 2, 0, 3],
    ]);
    expect(await by('owner_id', {}, 1)).toHaveLength(1);
    expect(await by('model', { ownerId: 'ann' })).toEqual([
      ['sonnet', 1, 0, 2],
      ['opus', 1, 0, 1],
    ]);
    expect(await by('agent_id', { model: 'sonnet' })).toEqual([[null, 1, 0, 2]]);
    expect(await by('session_id', { sessionId: 'sesn_1', agentId: 'agent_1' })).toEqual([
      ['sesn_1', 2, 0, 9_000_000_000_001],
    ]);
    expect(await by('upstream', { ownerId: 'ann' })).toEqual([
      ['default', 1, 0, 2],
      ['west', 1, 0, 1],
    ]);
    expect(await by('plugin', { keyOwner: 'user', upstream: 'west' })).toEqual([['alpha', 1, 0, 1]]);
    expect(await by('key_owner', { plugin: 'alpha' })).toEqual([['user', 1, 0, 1]]);
    const all = { requests: 4, unpriced: 1, costMicroUsd: 9_000_000_000_003, inputTokens: 40, cacheReadTokens: 120 };
    expect(await store.usage.sumAll(day)).toMatchObject(all);
    // All were made at noon: a span begins with its first moment, and ends before its last.
    const [before, noon, after] = ['11:59:59.999', '12:00:00.000', '12:00:00.001'].map((time) => `2026-02-01T${time}Z`);
    const spans = [
      { start: day.from, end: before ?? '' },
      { start: before ?? '', end: noon ?? '' },
      { start: noon ?? '', end: after ?? '' },
    ];
    expect(await store.usage.sumByTime(spans, day)).toMatchObject([{ group: noon, ...all }]);
    expect(await store.usage.sumByTime(spans, { ...day, to: noon ?? '' })).toEqual([]);
    const none = { from: '2027-01-01', to: '2027-01-02' };
    expect(await store.usage.sumAll(none)).toMatchObject({ group: null, requests: 0, costMicroUsd: 0, inputTokens: 0 });
  });

  test('lists turns of which Claude Code has another figure with what their calls say of it, the newest first', async () => {
    await using store = await openTestStore(backEnd);
    const of = (turn: number, given: Partial<ModelRequest> = {}) => newRequest({ turn, ownerId: 'ann', ...given });
    await store.usage.appendAll([
      ...[of(1), of(1, { costMicroUsd: null }), of(1, { isCut: true }), of(2, { priceVersion: 'list-1+own' })],
      of(2, { sessionId: 'sesn_2' }),
    ]);
    const note = (turn: number, sessionId = 'sesn_1', ownerId = 'ann') =>
      store.usage.noteDifference({ sessionId, turn, ownerId, costMicroUsd: turn, reportedMicroUsd: 9_000_000_000_000 });
    await note(1);
    await note(2);
    await note(3, 'sesn_2', 'bob');
    const day = { from: '2026-02-01T00:00:00.000Z', to: '2026-02-02T00:00:00.000Z' };
    const list = async (filter = {}, limit = 10) =>
      (await store.usage.listDifferences({ ...day, ...filter }, limit)).map((each) => [
        ...[each.sessionId, each.turn, each.requests, each.unpriced, each.cut, each.ownPriced],
      ]);
    const [second, first, third] = [
      ['sesn_1', 2, 1, 0, 0, 1],
      ['sesn_1', 1, 3, 1, 1, 0],
      ['sesn_2', 3, 0, 0, 0, 0],
    ];
    expect(await list()).toEqual([second, first, third]);
    expect(await list({ ownerId: 'ann' }, 1)).toEqual([second]);
    expect(await list({ sessionId: 'sesn_2' })).toEqual([third]);
    const sums = { turns: 2, costMicroUsd: 3, reportedMicroUsd: 18_000_000_000_000 };
    expect(await store.usage.sumDifferences({ ...day, ownerId: 'ann' })).toEqual(sums);
    const none = { turns: 0, costMicroUsd: 0, reportedMicroUsd: 0 };
    expect(await store.usage.sumDifferences({ from: day.to, to: '2026-02-03' })).toEqual(none);
    await expect(note(1)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('stores what is missing, and nothing twice', async () => {
    await using store = await openTestStore(backEnd);
    const [known, missing] = [newRequest({ outputTokens: 1 }), newRequest()];
    await store.usage.append(known);
    await store.usage.appendMissing([{ ...known, outputTokens: 2 }, missing]);
    const tokens = new Map((await listModelRequests(store)).map((row) => [row.id, row.output_tokens]));
    expect(tokens).toEqual(
      new Map([
        [known.id, 1],
        [missing.id, 20],
      ]),
    );
    await store.usage.appendMissing([]);
  });

  test('refuses to count a request twice', async () => {
    await using store = await openTestStore(backEnd);
    const request = newRequest();
    expect(await store.usage.append(request)).toEqual({ ...request, createdAt: '2026-02-01T12:00:00.000Z' });
    await expect(store.usage.append(request)).rejects.toMatchObject({ code: 'conflict' });
  });
}
