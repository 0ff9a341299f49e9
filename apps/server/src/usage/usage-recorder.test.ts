import { pino } from 'pino';
import { expect, it } from 'vitest';

import { listModelRequests } from '../store/fixtures/list-model-requests.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import { NO_CALL_USAGE } from './call-usage.ts';
import { type MeteredRequest } from './metered-request.ts';
import { createUsageRecorder } from './usage-recorder.ts';

const toRequest = (id: string): MeteredRequest => ({
  id,
  holder: { sessionId: null, ownerId: null },
  usage: { ...NO_CALL_USAGE, model: 'opus', inputTokens: 1, outputTokens: 1 },
  cost: { microUsd: null, priceVersion: 'list-1' },
  cause: 'agent',
  statusCode: 200,
  durationMs: 1,
});

it('is closed only when what it is writing and what still waits are stored', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const stored: string[] = [];
  const usage: typeof store.usage = {
    ...store.usage,
    async appendAll(rows) {
      begun.resolve();
      if (rows[0]?.id === 'one') await gate.promise;
      await store.usage.appendAll(rows);
      stored.push(...rows.map(({ id }) => id));
    },
  };
  const recorder = createUsageRecorder({ store: { usage }, logger: pino({ level: 'silent' }) });
  recorder.record(toRequest('one'));
  await begun.promise;
  recorder.record(toRequest('two'));
  const closing = recorder.close().then(() => stored.push('closed'));
  // Time for a close that does not wait.
  for (let tick = 0; tick < 50; tick += 1) await new Promise(setImmediate);
  gate.resolve();
  await closing;
  expect(stored).toEqual(['one', 'two', 'closed']);
});

it('writes what waits at once, and each by itself where one of them cannot be stored', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const written: string[][] = [];
  const usage: typeof store.usage = {
    ...store.usage,
    async appendAll(rows) {
      written.push(rows.map(({ id }) => id));
      return store.usage.appendAll(rows);
    },
  };
  const recorder = createUsageRecorder({ store: { usage }, logger: pino({ level: 'silent' }) });
  for (const id of ['one', 'two']) recorder.record(toRequest(id));
  await recorder.flush();
  for (const id of ['three', 'two', 'four']) recorder.record(toRequest(id));
  await recorder.flush();
  expect(written).toEqual([
    ['one', 'two'],
    ['three', 'two', 'four'],
  ]);
  expect((await listModelRequests(store)).length).toBe(4);
});

it('gives what a session has used to its transaction, and keeps the rest and what that could not store', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const recorder = createUsageRecorder({ store, logger: pino({ level: 'silent' }) });
  const count = async (sessionId?: string) => (await listModelRequests(store, sessionId)).length;
  recorder.record({ ...toRequest('one'), holder: { sessionId: 'sesn_a', ownerId: 'user' } });
  recorder.record({ ...toRequest('other'), holder: { sessionId: 'sesn_b', ownerId: 'user' } });

  const failed = await recorder.take('sesn_a');
  const rolledBack = store.transaction(async (transaction) => {
    await failed.storeIn(transaction);
    throw new Error('The transaction is given up');
  });
  await expect(rolledBack).rejects.toThrow('given up');
  expect(await count()).toBe(0);
  failed.putBack();

  const taken = await recorder.take('sesn_a');
  expect(taken.isEmpty).toBe(false);
  await store.transaction((transaction) => taken.storeIn(transaction));
  expect([await count('sesn_a'), await count()]).toEqual([1, 1]);
  expect((await recorder.take('sesn_a')).isEmpty).toBe(true);
  await recorder.flush();
  expect([await count('sesn_a'), await count('sesn_b')]).toEqual([1, 1]);
});

it('keeps what a database does not take now, and stores it later, once', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  let isDown = true;
  const refuseWhileDown = () => {
    if (isDown) throw new StoreError('disk_full', 'The disk is full');
  };
  const usage: typeof store.usage = {
    ...store.usage,
    async append(row) {
      refuseWhileDown();
      return store.usage.append(row);
    },
    async appendAll(rows, options) {
      refuseWhileDown();
      return store.usage.appendAll(rows, options);
    },
  };
  const recorder = createUsageRecorder({ store: { usage }, logger: pino({ level: 'silent' }) });
  recorder.record(toRequest('one'));
  await recorder.flush();
  recorder.record(toRequest('two'));
  await recorder.flush();
  expect((await listModelRequests(store)).length).toBe(0);
  isDown = false;
  await recorder.flush();
  expect((await listModelRequests(store)).length).toBe(2);
  await recorder.close();
  expect((await listModelRequests(store)).length).toBe(2);
});
