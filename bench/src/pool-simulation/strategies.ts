import {
  POOL_TUNING,
  decidePoolSize,
  measureBurst,
  type PoolTuning,
} from '../../../apps/server/src/processes/pool-size.ts';
import { FACTS } from './machine.ts';
import type { PoolView, RefillRules, Strategy } from './strategy.ts';

const MINUTE_MS = 60_000;

/** As the pool ran before this study: spares wait until fewer turns run than there are cores. */
const FORMER_RULES: RefillRules = {
  atOnce: () => 1,
  yieldsTo: 'turns',
  checkMs: 1000,
  waiterTakes: 'all',
  evictsIdleAfterMs: undefined,
};

/** What this study recommends. */
export const RULES: RefillRules = {
  atOnce: (cores) => Math.max(1, Math.floor(cores / 2)),
  yieldsTo: 'starts',
  checkMs: 1000,
  waiterTakes: 'one',
  evictsIdleAfterMs: MINUTE_MS,
};

/** From the former rules to the recommended ones, one step at a time, and what lies beside them. */
export const RULE_STEPS: readonly { name: string; refill: RefillRules }[] = [
  { name: 'former rules', refill: FORMER_RULES },
  { name: '+ yields to starts, not to turns', refill: { ...FORMER_RULES, yieldsTo: 'starts' } },
  {
    name: '+ hibernates sessions idle for a minute',
    refill: { ...FORMER_RULES, yieldsTo: 'starts', evictsIdleAfterMs: MINUTE_MS },
  },
  {
    name: '+ one who waits takes one spare, not all',
    refill: { ...FORMER_RULES, yieldsTo: 'starts', evictsIdleAfterMs: MINUTE_MS, waiterTakes: 'one' },
  },
  { name: '+ half the cores refill at once (recommended)', refill: RULES },
  { name: 'recommended, but all cores refill', refill: { ...RULES, atOnce: (cores) => cores } },
  { name: 'recommended, but idle for 5 minutes', refill: { ...RULES, evictsIdleAfterMs: 5 * MINUTE_MS } },
  { name: 'recommended, but checks each 250 ms', refill: { ...RULES, checkMs: 250 } },
];

export interface AdaptiveOptions extends Partial<PoolTuning> {
  least?: number;
  /** Share of the places that spares may have at most. */
  mostShare?: number;
  windowMs?: number;
  /** How long a burst is remembered; 0: not at all. */
  burstWindowMs?: number;
}

/** The server's own `decidePoolSize`. */
export function adaptive(name: string, refill: RefillRules, options: AdaptiveOptions = {}): Strategy {
  const { least = 2, mostShare = 0.5, windowMs = 5 * MINUTE_MS, burstWindowMs = 30 * MINUTE_MS, ...tuning } = options;
  const complete = { ...POOL_TUNING, refillWaitMs: refill.checkMs, ...tuning };
  const size = (view: PoolView) => {
    const replaceMs = (view.startMs + complete.refillWaitMs) / refill.atOnce(view.cores);
    return decidePoolSize(
      {
        claims: view.claims(windowMs),
        windowMs,
        burst: burstWindowMs === 0 ? 0 : measureBurst(view.claimTimes(burstWindowMs), replaceMs),
        startMs: view.startMs,
        least,
        most: Math.max(least, Math.floor(view.maxPlaces * mostShare)),
        places: view.places,
        availableBytes: view.availableBytes,
        spareBytes: FACTS.spareBytes,
      },
      complete,
    );
  };
  return { name, size, refill };
}

/** Two deviations over the start time alone, without a memory of bursts: `decidePoolSize` before this study. */
export function formerAdaptive(name: string, refill: RefillRules): Strategy {
  return adaptive(name, refill, { deviations: 2, refillWaitMs: 0, burstWindowMs: 0 });
}

/** Always the same number of spares, as far as places and memory go. */
export function fixed(count: number, refill: RefillRules): Strategy {
  const name = `fixed ${count}`;
  if (count === 0) return { name, refill, size: () => 0 };
  return adaptive(name, refill, { least: count, mostShare: 0, burstWindowMs: 0 });
}

/** One constant at a time away from its default. */
export const VARIANTS: readonly { constant: string; values: readonly [string, AdaptiveOptions][] }[] = [
  { constant: 'least', values: [1, 2, 4, 8].map((least) => [`${least}`, { least }]) },
  { constant: 'deviations', values: [0, 1, 2, 3, 4].map((deviations) => [`${deviations}`, { deviations }]) },
  {
    constant: 'window',
    values: [1, 5, 15, 60].map((minutes) => [`${minutes} min`, { windowMs: minutes * MINUTE_MS }]),
  },
  {
    constant: 'memory of bursts',
    values: [0, 5, 15, 30, 60].map((minutes) => [`${minutes} min`, { burstWindowMs: minutes * MINUTE_MS }]),
  },
  {
    constant: 'most, share of places',
    values: [0.1, 0.25, 0.5, 0.75, 1].map((mostShare) => [`${mostShare}`, { mostShare }]),
  },
  {
    constant: 'reserved share of memory',
    values: [0, 0.25, 0.5, 0.75].map((reservedShare) => [`${reservedShare}`, { reservedShare }]),
  },
];
