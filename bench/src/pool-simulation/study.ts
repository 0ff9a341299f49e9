import { quantile } from '../statistics.ts';
import { LOADS, type Load } from './loads.ts';
import { FACTS } from './machine.ts';
import { simulate } from './simulate.ts';
import { RULES, RULE_STEPS, VARIANTS, adaptive, fixed, formerAdaptive } from './strategies.ts';
import type { Strategy } from './strategy.ts';
import type { Visit } from './visits.ts';

/** What one strategy did with one load. Times in milliseconds. */
export interface Result {
  strategy: string;
  visits: number;
  /** Share of the visits that found a spare. */
  warmShare: number;
  rejected: number;
  /** From the message to the first text of first turns. */
  firstTextMs: { p50: number; p95: number; p99: number };
  spareSeconds: number;
  /** Memory that spares held, in GB hours. */
  gigabyteHours: number;
  discarded: number;
  /** Share of the later turns that had to wake a hibernated session. */
  resumedShare: number;
  leastFreeMegabytes: number;
}

export interface Study {
  format: 1;
  seed: number;
  loads: { name: string; about: string; rules: Result[]; sizes: Result[] }[];
  /** `results` has a list per load, in the order of `loads`. */
  variants: { constant: string; loads: string[]; values: { value: string; results: Result[] }[] }[];
}

const FIXED_SIZES = [0, 1, 2, 3, 4, 6, 8, 12, 16] as const;
export const ADAPTIVE = 'adaptive';
/** Those that tell the constants apart, and are quick. */
const VARIED_LOADS = [
  'busy team',
  'steady stream',
  'eight in a second',
  'ten in a second',
  'classes',
  'little memory',
  'day of 1,000',
];

/** Runs everything; `onProgress` hears what comes next. The same seed gives the same study. */
export function runStudy(seed: number, onProgress: (text: string) => void): Study {
  const visits = new Map(LOADS.map((load) => [load, load.visits(seed)]));
  const run = (load: Load, strategies: readonly Strategy[]) =>
    strategies.map((strategy) => toResult(load, visits.get(load) ?? [], strategy));
  const loads = LOADS.map((load) => {
    onProgress(load.name);
    return {
      name: load.name,
      about: load.about,
      rules: run(
        load,
        RULE_STEPS.map(({ name, refill }) => adaptive(name, refill)),
      ),
      sizes: run(load, [
        ...FIXED_SIZES.map((size) => fixed(size, RULES)),
        formerAdaptive('former formula', RULES),
        adaptive(ADAPTIVE, RULES),
      ]),
    };
  });
  const varied = LOADS.filter(({ name }) => VARIED_LOADS.includes(name));
  const variants = VARIANTS.map(({ constant, values }) => {
    onProgress(constant);
    return {
      constant,
      loads: varied.map(({ name }) => name),
      values: values.map(([value, options]) => ({
        value,
        results: varied.flatMap((load) => run(load, [adaptive(`${constant} ${value}`, RULES, options)])),
      })),
    };
  });
  return { format: 1, seed, loads, variants };
}

function toResult(load: Load, visits: readonly Visit[], strategy: Strategy): Result {
  const { machine, durationMs } = load;
  const outcome = simulate({ visits, durationMs, machine, strategy });
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
    leastFreeMegabytes: Math.round(outcome.leastFreeBytes / 1024 ** 2),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
