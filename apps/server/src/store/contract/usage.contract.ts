import { expect, test } from 'vitest';

import type { ModelRequest } from '../usage.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let count = 0;

function newRequest(given: Partial<ModelRequest> = {}): Omit<ModelRequest, 'createdAt'> {
  return {
    id: `req_${(count += 1)}`,
    sessionId: 'sesn_1',
    ownerId: 'user_1',
    model: 'opus',
    inputTokens: 10,
    outputTokens: 20,
    cacheReadTokens: 30,
    cacheWriteTokens: 40,
    costUsd: 0.25,
    statusCode: 200,
    isError: false,
    durationMs: 12.5,
    ...given,
  };
}

export function describeUsage(backEnd: BackEnd): void {
  test('is zero before the first request', async () => {
    await using store = await openTestStore(backEnd);
    const zero = {
      requests: 0,
      errors: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      costUsd: 0,
    };
    expect(await store.usage.totals({})).toEqual(zero);
    expect(await store.usage.totalsByDay({})).toEqual([]);
  });

  test('stores many at once, or none of them', async () => {
    await using store = await openTestStore(backEnd);
    const [first = newRequest(), ...others] = Array.from({ length: 1200 }, () => newRequest());
    await store.usage.appendAll(others);
    await expect(store.usage.appendAll([first, ...others])).rejects.toMatchObject({ code: 'conflict' });
    expect((await store.usage.totals({})).requests).toBe(1199);
    await store.usage.appendAll([]);
  });

  test('sums by session, owner and time', async () => {
    await using store = await openTestStore(backEnd);
    await store.usage.append(newRequest());
    await store.usage.append(
      newRequest({ costUsd: null, statusCode: null, isError: true, inputTokens: 6_000_000_000 }),
    );
    store.advance(DAY_MS);
    await store.usage.append(newRequest({ sessionId: 'sesn_2' }));
    await store.usage.append(newRequest({ sessionId: null, ownerId: 'user_2' }));

    expect(await store.usage.totals({ sessionId: 'sesn_1' })).toEqual({
      requests: 2,
      errors: 1,
      inputTokens: 6_000_000_010,
      outputTokens: 40,
      cacheReadTokens: 60,
      cacheWriteTokens: 80,
      costUsd: 0.25,
    });
    expect(await store.usage.totals({ ownerId: 'user_1' })).toMatchObject({ requests: 3, costUsd: 0.5 });
    expect(await store.usage.totals({ from: '2026-02-02T00:00:00.000Z' })).toMatchObject({ requests: 2 });
    expect(await store.usage.totals({ before: '2026-02-02T00:00:00.000Z' })).toMatchObject({ requests: 2 });
    expect(await store.usage.totals({ ownerId: 'user_1', from: '2026-02-02T12:00:00.000Z' })).toMatchObject({
      requests: 1,
    });
  });

  test('sums per day, owner and model', async () => {
    await using store = await openTestStore(backEnd);
    await store.usage.append(newRequest());
    await store.usage.append(newRequest());
    await store.usage.append(newRequest({ model: 'haiku' }));
    await store.usage.append(newRequest({ ownerId: 'user_2' }));
    store.advance(DAY_MS);
    await store.usage.append(newRequest());

    const groups = await store.usage.totalsByDay({});
    expect(groups.map(({ day, ownerId, model, requests }) => [day, ownerId, model, requests])).toEqual([
      ['2026-02-01', 'user_1', 'haiku', 1],
      ['2026-02-01', 'user_1', 'opus', 2],
      ['2026-02-01', 'user_2', 'opus', 1],
      ['2026-02-02', 'user_1', 'opus', 1],
    ]);
    expect(await store.usage.totalsByDay({ ownerId: 'user_2' })).toHaveLength(1);
  });

  test('refuses to count a request twice', async () => {
    await using store = await openTestStore(backEnd);
    const request = newRequest();
    expect(await store.usage.append(request)).toEqual({ ...request, createdAt: '2026-02-01T12:00:00.000Z' });
    await expect(store.usage.append(request)).rejects.toMatchObject({ code: 'conflict' });
  });
}
