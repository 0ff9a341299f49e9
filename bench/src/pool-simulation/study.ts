import { quantile } from '../statistics.ts';
import { LOADS, type Load } from './loads.ts';
import { FACTS } from './machine.ts';
import { simulate } from './simulate.ts';
import { ADAPTIVE, FORMER_FORMULA, RULES, VARIANTS, adaptive, fixed, type Strategy } from './strategies.ts';
import type { Visit } from './visits.ts';

/** The result of one strategy with one load. Times are in milliseconds. */
export interface Result {
  strategy: string;
  visits: number;
  /** The share of visits that found a spare. */
  warmShare: number;
  rejected: number;
  /** From the message to the first text of first turns. */
  firstTextMs: { p50: number; p95: number; p99: number };
  spareSeconds: number;
  /** The memory of spares over time, in GB hours. */
  gigabyteHours: number;
  discarded: number;
  /** The share of later turns that had to wake a hibernated session. */
  resumedShare: number;
  /** Later turns that woke a session less than 10 s after its hibernation. */
  wokenSoon: number;
  leastFreeMegabytes: number;
}

export interface Study {
  format: 2;
  seed: number;
  loads: { name: string; about: string; rules: Result[]; sizes: Result[] }[];
  /** `results` has a list per load, in the order of `loads`. */
  variants: { constant: string; loads: string[]; values: { value: string; results: Result[] }[] }[];
}

const FIXED_SIZES = [0, 1, 2, 4, 8, 16] as const;
/** The loads that distinguish the constants and run quickly. */
const VARIED_LOADS = [
  'busy team',
  'steady stream',
  'eight in a second',
  'ten in a second',
  'classes',
  'little memory',
  'day of 1,000',
];

/**
 * Runs every strategy on these loads. `onProgress` receives the name of the next run. The same seed gives the same
 * study.
 */
export async function runStudy(
  seed: number,
  { loads = LOADS, onProgress }: { loads?: readonly Load[]; onProgress(text: string): void },
): Promise<Study> {
  const visits = new Map(loads.map((load) => [load, load.visits(seed)]));
  const run = (load: Load, strategies: readonly Strategy[]) =>
    mapInOrder(strategies, (strategy) => toResult(load, visits.get(load) ?? [], strategy));
  const varied = loads.filter(({ name }) => VARIED_LOADS.includes(name));
  return {
    format: 2,
    seed,
    loads: await mapInOrder(loads, async (load) => {
      onProgress(load.name);
      const { name, about } = load;
      const sizes = await run(load, [...FIXED_SIZES.map(fixed), FORMER_FORMULA, ADAPTIVE]);
      const server = sizes.filter(({ strategy }) => strategy === ADAPTIVE.name);
      return { name, about, rules: [...server, ...(await run(load, RULES))], sizes };
    }),
    variants: await mapInOrder(varied.length === 0 ? [] : VARIANTS, async ({ constant, values }) => {
      onProgress(constant);
      return {
        constant,
        loads: varied.map(({ name }) => name),
        values: await mapInOrder(values, async ([value, options]) => {
          const strategy = adaptive(`${constant} ${value}`, options);
          return {
            value,
            results: await mapInOrder(varied, (load) => toResult(load, visits.get(load) ?? [], strategy)),
          };
        }),
      };
    }),
  };
}

/** Runs one at a time, because each run keeps a whole day in memory. */
async function mapInOrder<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}

async function toResult(load: Load, visits: readonly Visit[], strategy: Strategy): Promise<Result> {
  const { machine, durationMs } = load;
  const outcome = await simulate({ visits, durationMs, machine, strategy });
  const at = (share: number) => Math.round(quantile(outcome.firstTextMs, share));
  return {
    strategy: strategy.name,
    visits: visits.length,
    warmShare: round(outcome.warm / visits.length, 4),
    rejected: outcome.rejected,
    firstTextMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
    spareSeconds: Math.round(outcome.pool.spareMs / 1000),
    gigabyteHours: round(((outcome.pool.spareMs / 3_600_000) * FACTS.spareBytes) / 1024 ** 3, 2),
    discarded: outcome.pool.discarded,
    resumedShare: round(outcome.resumed / Math.max(1, outcome.laterTurns), 4),
    wokenSoon: outcome.wokenSoon,
    leastFreeMegabytes: Math.round(outcome.leastFreeBytes / 1024 ** 2),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
