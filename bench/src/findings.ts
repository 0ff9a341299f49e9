import type { Series } from './series.ts';

/** One counted figure with its limit. */
export interface Fact {
  /** A stable dotted id, as for series. */
  id: string;
  label: string;
  value: number;
  /** For instance `sessions/min`; empty for a plain count. */
  unit: string;
  /** The limit; undefined if the figure has none. */
  atMost?: number;
}

/** Figures that belong together, for people. The samples behind them are in series. */
export interface Table {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The findings of a suite. */
export interface Findings {
  series: Series[];
  facts?: Fact[];
  tables?: Table[];
}

/** Whether a fact keeps its limit; undefined if it has none. */
export function holds({ value, atMost }: Fact): boolean | undefined {
  return atMost === undefined ? undefined : value <= atMost;
}
