import { RANGES, type RangeName } from './choose-range.ts';
import type { Measure } from './figures.ts';

export const GROUPINGS = ['model', 'agent', 'session', 'plugin', 'upstream', 'user'] as const;
export type Grouping = (typeof GROUPINGS)[number];
/** What operators see of everybody. */
export const OPERATOR_GROUPINGS: ReadonlySet<Grouping> = new Set(['upstream', 'user']);

/** What the address of the page says: `?range=7d&by=agent&of=all`. */
export interface UsageAddress {
  range: RangeName;
  from: string | null;
  to: string | null;
  by: Grouping;
  measure: Measure;
  /** Of everybody; only operators see that. */
  all: boolean;
  /** Only of this person, where it is of everybody. */
  person: string | null;
}

/** What is not in the address, or means nothing there, has its default. */
export function readAddress(query: URLSearchParams, isOperator: boolean): UsageAddress {
  const all = isOperator && query.get('of') === 'all';
  const by = GROUPINGS.find((each) => each === query.get('by') && (all || !OPERATOR_GROUPINGS.has(each))) ?? 'model';
  return {
    range: RANGES.find((each) => each === query.get('range')) ?? '30d',
    ...{ from: query.get('from'), to: query.get('to'), by, all },
    measure: query.get('chart') === 'tokens' ? 'tokens' : 'cost',
    person: all ? query.get('person') : null,
  };
}

/** Only what is not the default is in the address. */
export function writeAddress(address: UsageAddress): URLSearchParams {
  const { range, from, to, by, measure, all, person } = address;
  const isOwn = range === 'own';
  return new URLSearchParams([
    ...(range === '30d' ? [] : [['range', range]]),
    ...(isOwn && from !== null ? [['from', from]] : []),
    ...(isOwn && to !== null ? [['to', to]] : []),
    ...(all ? [['of', 'all']] : []),
    ...(all && person !== null ? [['person', person]] : []),
    ...(by === 'model' || (by === 'user' && !all) ? [] : [['by', by]]),
    ...(measure === 'cost' ? [] : [['chart', measure]]),
  ]);
}
