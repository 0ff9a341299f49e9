import { SIZING_RULES, type SizingRules } from '../../../apps/server/src/processes/spare-demand.ts';

/** One way to size the pool. */
export interface Strategy {
  name: string;
  leastSpares: number;
  /** The differences from the server's settings on a machine with this many cores. */
  options(cores: number): PoolOptions;
}

/** Settings of `createSharedPlaces` whose defaults the server uses. */
export interface PoolOptions {
  rules?: SizingRules;
  /** How many spares may start at once. */
  maxStarting?: number;
  checkIntervalMs?: number;
  longIdleMs?: number;
}

const MINUTE_MS = 60_000;
const LEAST_SPARES = 2;

/** The server's own strategy. */
export const ADAPTIVE: Strategy = { name: 'adaptive', leastSpares: LEAST_SPARES, options: () => ({}) };

/** Variants of the server's strategy, each with one difference. */
export const RULES: readonly Strategy[] = [
  refill('one spare starts at a time', () => ({ maxStarting: 1 })),
  refill('all cores refill', (cores) => ({ maxStarting: cores })),
  refill('hibernates nobody for a spare', () => ({ longIdleMs: Number.POSITIVE_INFINITY })),
  refill('hibernates who is idle for 5 minutes', () => ({ longIdleMs: 5 * MINUTE_MS })),
  refill('hibernates who is idle for 10 s', () => ({ longIdleMs: 10_000 })),
  refill('checks each 250 ms', () => ({
    checkIntervalMs: 250,
    rules: { ...SIZING_RULES, refillWaitMs: 250 },
  })),
];

function refill(name: string, options: Strategy['options']): Strategy {
  return { name, leastSpares: LEAST_SPARES, options };
}

/** The server's sizing with some constants changed. */
export function adaptive(
  name: string,
  { leastSpares = LEAST_SPARES, ...rules }: Partial<SizingRules> & { leastSpares?: number },
): Strategy {
  return { name, leastSpares, options: () => ({ rules: { ...SIZING_RULES, ...rules } }) };
}

/** Two standard deviations over the start time alone, without a memory of bursts: a simpler formula for comparison. */
export const FORMER_FORMULA = adaptive('former formula', { deviations: 2, refillWaitMs: 0, burstWindowMs: 0 });

/** A constant number of spares, as far as places and memory allow. */
export function fixed(count: number): Strategy {
  return adaptive(`fixed ${count}`, { leastSpares: count, mostShare: 0, burstWindowMs: 0 });
}

type Variant = Parameters<typeof adaptive>[1];

/** Variants with one constant different from its default. */
export const VARIANTS: readonly { constant: string; values: readonly [string, Variant][] }[] = [
  { constant: 'least', values: [1, 2, 4, 8].map((leastSpares) => [`${leastSpares}`, { leastSpares }]) },
  { constant: 'deviations', values: [0, 1, 2, 3, 4].map((deviations) => [`${deviations}`, { deviations }]) },
  {
    constant: 'window',
    values: [1, 5, 15, 60].map((minutes) => [`${minutes} min`, { claimsWindowMs: minutes * MINUTE_MS }]),
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
