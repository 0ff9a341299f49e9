import { expect, test } from 'vitest';

import type { NewBudget } from '../budgets.ts';
import type { NewModelRequest } from '../usage.ts';
import { createSession, openTestStore, type BackEnd, type TestStore } from './back-end.ts';

let count = 0;

function newRequest(given: Partial<NewModelRequest> = {}): NewModelRequest {
  return {
    ...{ id: `req_b${(count += 1)}`, sessionId: 'sesn_1', ownerId: 'ann', agentId: 'agent_1', turn: 1, cause: 'agent' },
    ...{ model: 'opus', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    ...{ cacheWrite1hTokens: 0, webSearches: 0, costMicroUsd: 100, priceVersion: 'list-1', statusCode: 200 },
    ...{ isError: false, durationMs: 1, ...given },
  };
}

const newBudget = (given: Partial<NewBudget> = {}): NewBudget => ({
  ...{ id: `bdgt_${(count += 1)}`, scope: 'platform', targetId: '', period: 'day', limitMicroUsd: 1000, warnAt: null },
  ...given,
});

const SINCE = { day: '2026-02-01', month: '2026-02-01', staleBefore: '2026-02-01T11:00:00.000Z' };
const toDay = (at: string) => at.slice(0, 10);

const readDays = (store: TestStore) =>
  store.database
    .selectFrom('spend_days')
    .select(['scope', 'target_id', 'day', 'micro_usd', 'unpriced'])
    .orderBy('scope')
    .orderBy('target_id')
    .execute()
    .then((rows) => rows.map((row) => [row.scope, row.target_id, row.day, row.micro_usd, row.unpriced].join(' ')));

export function describeBudgets(backEnd: BackEnd): void {
  test('counts each request once, whoever counts it, also at the same time', async () => {
    await using store = await openTestStore(backEnd);
    const requests = [
      newRequest(),
      newRequest({ ownerId: 'bob', costMicroUsd: null }),
      newRequest({ ownerId: 'platform', sessionId: null, agentId: null, costMicroUsd: 7 }),
    ];
    await store.budgets.create(newBudget({ id: 'sesn_1', scope: 'session', targetId: 'sesn_1', period: 'total' }));
    await store.usage.appendAll(requests);
    expect(await store.spendDays.listUncounted(2)).toHaveLength(2);
    const ids = requests.map(({ id }) => id);
    await Promise.all([ids, ids.toReversed(), ids.slice(1)].map((some) => store.spendDays.count(some, { toDay })));
    await store.spendDays.count([], { toDay });
    expect(await readDays(store)).toEqual([
      'agent agent_1 2026-02-01 100 1',
      'platform  2026-02-01 107 1',
      'session sesn_1 2026-02-01 100 1',
      'user ann 2026-02-01 100 0',
      'user bob 2026-02-01 0 1',
      'user platform 2026-02-01 7 0',
    ]);
    expect(await store.spendDays.listUncounted(10)).toEqual([]);
    // What is counted may be forgotten; budgets have its sum.
    const days = await readDays(store);
    const [late] = [newRequest()];
    await store.usage.appendAll([late]);
    expect(await store.usage.purgeBefore('2099', 2)).toBe(2);
    expect(await store.usage.purgeBefore('2099', 2)).toBe(1);
    expect(await store.spendDays.listUncounted(10)).toEqual([late.id]);
    expect(await readDays(store)).toEqual(days);
  });

  test('says what counts against a budget: the spending of its period, and what calls in flight have reserved', async () => {
    await using store = await openTestStore(backEnd);
    const request = async (day: string, costMicroUsd: number) => {
      const stored = newRequest({ costMicroUsd });
      await store.usage.append(stored);
      await store.spendDays.count([stored.id], {
        toDay: () => day,
        settled: [{ reservationId: 'call_gone', microUsd: 10 }],
      });
    };
    const ids = ['a', 'b', 'c'];
    for (const [index, period] of (['day', 'month', 'total'] as const).entries())
      await store.budgets.create(newBudget({ id: ids[index] ?? '', scope: 'user', targetId: 'ann', period }));
    const reserve = (reservationId: string, nodeId = 'one') =>
      store.budgets.reserve([{ reservationId, budgetId: 'a', microUsd: 10, nodeId }]);
    await reserve('call_old');
    store.advance(3600_000);
    for (const callId of ['call_1', 'call_2', 'call_gone']) await reserve(callId);
    await reserve('call_3', 'two');
    for (const [day, cost] of [
      ['2026-01-31', 1],
      ['2026-02-01', 2],
      ['2026-02-03', 4],
    ] as const)
      await request(day, cost);
    const read = async () =>
      (
        await store.budgets.readStates([...ids, 'none'], {
          ...{ day: '2026-02-03', month: '2026-02-01', staleBefore: '2026-02-01T12:30:00.000Z' },
        })
      ).map(({ id, spentMicroUsd, reservedMicroUsd }) => [id, spentMicroUsd, reservedMicroUsd]);
    expect(await read()).toEqual([
      ['a', 4, 30],
      ['b', 6, 0],
      ['c', 7, 0],
    ]);
    await store.budgets.release([4, 6].map((microUsd) => ({ reservationId: 'call_1', microUsd })));
    await store.budgets.release([{ reservationId: 'call_2', microUsd: 3 }]);
    await store.budgets.releaseLeft({ nodeId: 'two', before: '2026-02-01T12:30:00.000Z' });
    expect((await read())[0]).toEqual(['a', 4, 7]);
    const all = await store.database.selectFrom('budget_reservations').select('call_id').execute();
    expect(all).toEqual([{ call_id: 'call_2' }]);
    await store.budgets.delete('a');
    expect(await store.database.selectFrom('budget_reservations').select('call_id').execute()).toEqual([]);
  });

  test('changes a budget that is still as it was seen, and tells every change apart', async () => {
    await using store = await openTestStore(backEnd);
    const revisions = [await store.budgets.readRevision()];
    const note = async () => revisions.push(await store.budgets.readRevision());
    const fallback = { at: 0.9, model: 'cheap' };
    const { id } = await store.budgets.create(newBudget({ warnAt: 0.8, fallback }));
    expect(await store.budgets.readStates([id], SINCE)).toMatchObject([{ fallback }]);
    await note();
    await store.budgets.create(newBudget({ id: 'sesn_2', scope: 'session', targetId: 'sesn_2' }));
    const changed = await store.budgets.change({ id, version: 1, limitMicroUsd: 9_000_000_000_000 });
    expect(changed).toMatchObject({ limitMicroUsd: 9_000_000_000_000, warnAt: 0.8, fallback, version: 2 });
    await note();
    expect(await store.budgets.change({ id, version: 1, warnAt: null })).toBeUndefined();
    expect(await store.budgets.list()).toEqual([changed]);
    expect(await store.budgets.find(id)).toEqual(changed);
    expect([await store.budgets.delete(id), await store.budgets.delete(id)]).toEqual([true, false]);
    await note();
    expect(new Set(revisions.slice(0, 3)).size).toBe(3);
    expect(revisions[3]).toBe(revisions[0]);
    expect(await store.budgets.find('sesn_2')).toMatchObject({ scope: 'session' });
  });

  test('notes once what is told of a budget in a period, whoever notices', async () => {
    await using store = await openTestStore(backEnd);
    const alert = { budgetId: 'a', period: '2026-01', kind: 'warned', limitMicroUsd: 5 };
    const note = (given: Partial<typeof alert> = {}) => store.budgets.noteAlert({ ...alert, ...given });
    const atOnce = await Promise.all([note(), note(), note()]);
    expect(atOnce.filter(Boolean)).toHaveLength(1);
    expect([await note({ kind: 'reached' }), await note({ limitMicroUsd: 6 }), await note({ budgetId: 'b' })]).toEqual([
      ...[true, true, true],
    ]);
    expect([await note({ period: '2026-02' }), await note({ period: '2026-02' })]).toEqual([true, false]);
    expect(await store.database.selectFrom('budget_alerts').select(['budget_id', 'period']).execute()).toHaveLength(2);
  });

  test('finds the sessions that a budget has stopped, and ends the budget of a session with it', async () => {
    await using store = await openTestStore(backEnd);
    const stop = { stopReason: { type: 'budget_reached' } } as const;
    const waiting = await createSession(store, { ...stop, budgetMicroUsd: 5 });
    await createSession(store, { stopReason: { type: 'end_turn' } });
    await createSession(store, { ...stop, status: 'running' });
    const archived = await createSession(store, stop);
    await store.sessions.update(archived.id, { archivedAt: '2026-02-01T12:00:00.000Z' });
    expect(await store.sessions.listStoppedByBudget()).toEqual([waiting.id]);
    expect(await store.sessions.find(waiting.id)).toMatchObject({ budgetMicroUsd: 5 });
    expect(await store.sessions.update(waiting.id, { budgetMicroUsd: null })).toMatchObject({ budgetMicroUsd: null });
    await store.budgets.create(newBudget({ id: waiting.id, scope: 'session', targetId: waiting.id, period: 'total' }));
    await store.sessions.delete(waiting.id);
    expect(await store.budgets.find(waiting.id)).toBeUndefined();
  });

  test('decides one after the other, where servers ask at the same time', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await store.budgets.create(newBudget({ limitMicroUsd: 100 }));
    const admit = (reservationId: string) =>
      store.transaction(async ({ budgets }) => {
        await budgets.lock([id]);
        const [state] = await budgets.readStates([id], SINCE);
        if (state === undefined || state.reservedMicroUsd + 30 > state.limitMicroUsd) return false;
        await budgets.reserve([{ reservationId, budgetId: id, microUsd: 30, nodeId: 'one' }]);
        return true;
      });
    // Each has a connection already, so that they do ask at the same time.
    await Promise.all(Array.from({ length: 8 }, () => store.transaction(({ budgets }) => budgets.list())));
    const admitted = await Promise.all(Array.from({ length: 8 }, (_, index) => admit(`call_${index}`)));
    expect(admitted.filter(Boolean)).toHaveLength(3);
  });
}
