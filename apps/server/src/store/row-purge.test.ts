import { setImmediate } from 'node:timers/promises';

import { afterEach, expect, it, vi } from 'vitest';

import { openStore } from './open-store.ts';
import { createRowPurge } from './row-purge.ts';

afterEach(() => vi.useRealTimers());

it('forgets the ids of requests after two days, without a restart, however many there are', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: Date.parse('2026-02-01T12:00:00Z') });
  await using store = await openStore({ url: 'sqlite::memory:' });
  const purge = createRowPurge({
    purgeBefore: (time, limit) => store.idempotency.purgeBefore(time, limit),
    keptMs: 48 * 60 * 60 * 1000,
    clock: { now: Date.now },
    onError: () => undefined,
  });
  purge.start();
  await store.transaction(async ({ idempotency }) => {
    for (let n = 0; n < 1200; n += 1)
      await idempotency.claim({ userId: 'user_1', requestId: `r${n}`, contentHash: 'h' });
  });
  const count = async () => {
    const rows = store.database.selectFrom('idempotency_keys').select(({ fn }) => fn.countAll<number>().as('count'));
    return (await rows.executeTakeFirstOrThrow()).count;
  };
  vi.advanceTimersByTime(47 * 60 * 60 * 1000);
  await setImmediate();
  expect(await count()).toBe(1200);
  vi.advanceTimersByTime(2 * 60 * 60 * 1000);
  await vi.waitUntil(async () => (await count()) === 0);
  await purge.close();
});
