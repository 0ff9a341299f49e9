import { until } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { expect, it } from 'vitest';

import type { Store } from '../store/port.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import { NO_CALL_USAGE } from '../usage/call-usage.ts';
import { toRow } from '../usage/metered-request.ts';
import { createCallsInFlight } from './calls-in-flight.ts';
import { createSpendCounter } from './spend-counter.ts';

const logger = pino({ level: 'silent' });
const deps = { calls: createCallsInFlight(() => 0), isUrgent: () => false, onCounted: () => undefined, logger };

function toStored(id: string) {
  const holder = { sessionId: 'sesn_1', ownerId: 'ann', agentId: 'agent_1' };
  const cost = { microUsd: 5, priceVersion: 'list-1' };
  return toRow({ id, holder, usage: NO_CALL_USAGE, cost, cause: 'agent', statusCode: 200, durationMs: 1 });
}

const readPlatform = (store: Store) =>
  store.database.selectFrom('spend_days').select(['day', 'micro_usd']).where('scope', '=', 'platform').execute();

it('counts by days of the operator, and at the next start what a killed server has stored and not counted', async () => {
  let nowMs = Date.parse('2026-02-01T22:59:59.000Z');
  await using store = await openStore({ url: 'sqlite::memory:', nowMs: () => nowMs });
  const ids = Array.from({ length: 600 }, (_, index) => `req_${index}`);
  await store.usage.appendAll(ids.map(toStored));
  nowMs += 1000;
  await store.usage.appendAll([toStored('late')]);
  const create = () => createSpendCounter({ ...deps, store, timeZone: 'Europe/Berlin' });
  // A call that is counted twice counts once.
  create().add(ids.slice(0, 1));
  const next = create();
  await next.countLeft();
  next.add([...ids, 'late']);
  await next.close();
  expect(await readPlatform(store)).toEqual([
    { day: '2026-02-01', micro_usd: 3000 },
    { day: '2026-02-02', micro_usd: 5 },
  ]);
});

it('counts later what the database did not take', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  let failures = 1;
  const spendDays: Store['spendDays'] = {
    ...store.spendDays,
    count: (...counted) =>
      (failures -= 1) >= 0 ? Promise.reject(new StoreError('unavailable', 'away')) : store.spendDays.count(...counted),
  };
  const counter = createSpendCounter({ ...deps, store: { ...store, spendDays }, timeZone: 'UTC' });
  await store.usage.append(toStored('one'));
  counter.add(['one']);
  await until('it was tried', () => failures === 0);
  await counter.close();
  expect(await readPlatform(store)).toMatchObject([{ micro_usd: 5 }]);
});
