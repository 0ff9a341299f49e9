import { pino } from 'pino';
import { expect, it } from 'vitest';

import type { ReclaimableHolder } from './place-reclaimer.ts';
import type { Place } from './places.ts';
import { createSharedPlaces } from './shared-places.ts';
import type { PooledSpare } from './warm-pool.ts';

const MINUTE_MS = 60_000;
const GIB = 1024 ** 3;
const PROFILE = { fingerprint: 'usual' };

interface TestSpare extends PooledSpare {
  place: Place;
}

/** Places that holders have all of, who have been idle for the minutes given, and a pool that checks only when a test says so. */
async function open({
  idleMinutes,
  leastSpares,
}: {
  idleMinutes: readonly (number | undefined)[];
  leastSpares: number;
}) {
  const state = { nowMs: 100 * MINUTE_MS, hasMemory: true };
  const checks: (() => void)[] = [];
  const hibernating: { name: number; end(): void }[] = [];
  const starting: (() => void)[] = [];
  const holders: ReclaimableHolder[] = [];
  const places = createSharedPlaces<typeof PROFILE, TestSpare>({
    clock: { uptimeMs: () => state.nowMs },
    timers: { after: () => () => undefined, every: (_, run) => (checks.push(run), () => undefined) },
    logger: pino({ level: 'silent' }),
    limits: {
      ...{ maxProcesses: idleMinutes.length, leastSpares, maxWaitingPerOwner: 20, maxWaitMs: MINUTE_MS },
      minFreeBytes: 2 * GIB,
    },
    holders: () => holders,
    starts: { isFree: true },
    cores: 8,
    load: { share: 0 },
    availableBytes: () => (state.hasMemory ? 1024 * GIB : GIB),
    defaultProfile: () => PROFILE,
    startSpare: (_, place: Place) =>
      new Promise((resolve) => {
        const agent = { exited: new Promise<never>(() => undefined) };
        starting.push(() => resolve({ agent, profile: PROFILE.fingerprint, place }));
      }),
    endSpare: ({ place }) => Promise.resolve(place.release()),
  });
  for (const [name, minutes] of idleMinutes.entries()) {
    const request = { ownerId: String(name), profile: PROFILE, onPosition: () => undefined };
    const { place } = await places.acquire({ ...request, isNew: false, signal: new AbortController().signal });
    const process: { state: 'live' | 'none' } = { state: 'live' };
    holders.push({
      process,
      backgroundTasks: [],
      idleSinceMs: minutes === undefined ? undefined : state.nowMs - minutes * MINUTE_MS,
      hibernate: () =>
        new Promise((resolve) => {
          process.state = 'none';
          hibernating.push({
            name,
            end() {
              place.release();
              resolve(true);
            },
          });
        }),
    });
  }
  places.start();
  return { places, state, hibernating, starting, check: () => checks.forEach((run) => run()) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('takes as many idle places at once as spares are missing and can start, from those idle for longest', async () => {
  const { hibernating, starting } = await open({ idleMinutes: [2, 9, undefined, 3, 0.5, 7, 8, 4], leastSpares: 6 });
  expect(hibernating.map(({ name }) => name)).toEqual([1, 6, 5, 7]);
  for (const { end } of hibernating.slice(0, 3)) end();
  await settle();
  expect([starting.length, hibernating.length]).toEqual([3, 4]);
});

it('takes no more places than are missing, however often it is checked', async () => {
  const { hibernating, check } = await open({ idleMinutes: [2, 9, 3, 8], leastSpares: 2 });
  check();
  check();
  expect(hibernating.map(({ name }) => name)).toEqual([1, 3]);
});

it('takes places for spares only from who is idle for a minute', async () => {
  const { hibernating } = await open({ idleMinutes: [undefined, 0.5, 0.9, undefined], leastSpares: 2 });
  expect(hibernating).toEqual([]);
});

it('waits for its next check where a place that was given up is none, because memory is short', async () => {
  const { state, hibernating, starting, check } = await open({ idleMinutes: [9, 8, 7, 6, 5, 4, 3, 2], leastSpares: 4 });
  state.hasMemory = false;
  for (const { end } of hibernating.slice(0, 4)) end();
  await settle();
  expect([starting.length, hibernating.length]).toEqual([0, 4]);
  state.hasMemory = true;
  check();
  expect(starting.length).toBe(4);
});
