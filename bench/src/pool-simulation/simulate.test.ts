import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import type { Machine } from './machine.ts';
import { simulate } from './simulate.ts';
import { ADAPTIVE, fixed } from './strategies.ts';
import { createVisits, groups, officeDay, poisson, together, type Visit } from './visits.ts';

const HOUR_MS = 3_600_000;
const roomy: Machine = { cores: 64, places: 10_000, memoryBytes: 1024 ** 4 };
const small: Machine = { cores: 2, places: 10, memoryBytes: 16 * 1024 ** 3 };
const crowd = together(poisson(120, 2), groups(12, 3000, 20 * 60_000, 2));

function run(visits: readonly Visit[], size: number | 'adaptive', machine: Machine) {
  const strategy = size === 'adaptive' ? ADAPTIVE : fixed(size);
  return simulate({ visits, durationMs: 2 * HOUR_MS, machine, strategy });
}

describe('a simulated pool', () => {
  it('has the same outcome for the same seed, and another one for another seed', async () => {
    const outcome = (seed: number) => run(createVisits(crowd, seed), 'adaptive', small);
    const first = await outcome(7);
    expect(await outcome(7)).toEqual(first);
    expect(await outcome(8)).not.toEqual(first);
  });

  it('plays a day through without one timer of the real time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    try {
      const visits = createVisits(officeDay(20, 3, 0.2), 1);
      const outcome = await simulate({ visits, durationMs: 24 * HOUR_MS, machine: small, strategy: ADAPTIVE });
      expect(outcome.warm).toBeGreaterThan(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('serves or refuses everyone once, on whatever machine', async () => {
    const machine = fc.record({ cores: fc.integer({ min: 1, max: 8 }), places: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(machine, fc.nat({ max: 8 }), fc.nat(), async (each, size, seed) => {
        const visits = createVisits(crowd, seed);
        const outcome = await run(visits, size, { ...small, ...each });
        expect(outcome.warm + outcome.cold + outcome.rejected).toBe(visits.length);
        expect(outcome.firstTextMs).toHaveLength(outcome.warm + outcome.cold);
      }),
      { numRuns: 10 },
    );
  });

  it('refuses those who come when a thousand wait already', async () => {
    const visits = createVisits(groups(1200, 1000, HOUR_MS, 1), 1);
    const outcome = await run(visits, 2, small);
    expect(outcome.rejected).toBeGreaterThan(0);
    expect(outcome.warm + outcome.cold + outcome.rejected).toBe(visits.length);
  });

  it('starts nobody warm, and keeps nothing, without spares', async () => {
    const outcome = await run(createVisits(crowd, 1), 0, roomy);
    expect([outcome.warm, outcome.pool.spareMs, outcome.pool.started]).toEqual([0, 0, 0]);
  });

  it('never starts fewer warm with more spares, where there is room for all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 12 }), fc.integer({ min: 1, max: 6 }), async (seed, size, more) => {
        const visits = createVisits(crowd, seed);
        const few = await run(visits, size, roomy);
        expect((await run(visits, size + more, roomy)).warm).toBeGreaterThanOrEqual(few.warm);
      }),
      { numRuns: 10 },
    );
  });

  it('accounts for every spare: claimed, discarded, or left at the end', async () => {
    const { warm, pool } = await run(createVisits(crowd, 3), 4, small);
    const left = pool.started - pool.discarded - warm;
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThanOrEqual(4);
  });

  it('takes as long as was measured for starts alone and at once, without a pool', async () => {
    const alone = (await run(createVisits(poisson(2, 2), 1), 0, { ...small, places: 40 })).firstTextMs;
    expect(Math.min(...alone)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...alone)).toBeLessThanOrEqual(800);
    const eight = (await run(createVisits(groups(8, 1, 2 * HOUR_MS, 1.5), 1), 0, { ...small, places: 40 })).firstTextMs;
    expect(Math.max(...eight)).toBeGreaterThan(2800);
    expect(Math.max(...eight)).toBeLessThan(4200);
  });
});
