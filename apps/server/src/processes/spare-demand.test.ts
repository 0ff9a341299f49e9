import { expect, it } from 'vitest';

import { createSpareDemand } from './spare-demand.ts';

const MINUTE_MS = 60_000;
const usual = { fingerprint: 'usual' };
const other = { fingerprint: 'other' };

function open({ availableBytes = 1024 ** 4, used = 0, leastSpares = 2 } = {}) {
  const time = { nowMs: 0 };
  const demand = createSpareDemand({
    clock: { uptimeMs: () => time.nowMs },
    limits: { leastSpares, maxProcesses: 40 },
    places: { used, waiting: 0 },
    reclaimer: { longIdle: 0 },
    maxStarting: 1,
    availableBytes: () => availableBytes,
  });
  const targets = () => Object.fromEntries(demand.targets(usual, { ready: 0, starting: 0 }));
  return { time, demand, targets };
}

it('keeps the least of the default profile, and of another one once it was asked for twice', () => {
  const { demand, targets } = open();
  expect(targets()).toEqual({ usual: 2 });
  demand.noteClaim(other);
  expect(targets()).toEqual({ usual: 2 });
  demand.noteClaim(other);
  expect(targets()).toEqual({ usual: 2, other: 2 });
  expect(demand.findProfile('other')).toBe(other);
});

it('remembers a burst for half an hour, then forgets it with its profile', () => {
  const { time, demand, targets } = open();
  for (let claim = 0; claim < 10; claim += 1) demand.noteClaim(usual);
  demand.noteClaim(other);
  time.nowMs = 29 * MINUTE_MS;
  expect(targets()).toEqual({ usual: 10 });
  time.nowMs = 30 * MINUTE_MS;
  expect(targets()).toEqual({ usual: 2 });
  expect(demand.findProfile('other')).toBeUndefined();
});

it('keeps no more than there are places, for all profiles together', () => {
  const { demand, targets } = open({ used: 37 });
  for (let claim = 0; claim < 5; claim += 1) demand.noteClaim(other);
  expect(targets()).toEqual({ usual: 2, other: 1 });
});

it('keeps none where there are to be none', () => {
  const { demand, targets } = open({ leastSpares: 0 });
  for (let claim = 0; claim < 5; claim += 1) demand.noteClaim(usual);
  expect(targets()).toEqual({ usual: 0 });
});
