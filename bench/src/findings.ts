import type { Series } from './series.ts';

/** One figure that is counted, not sampled, and what it may be. */
export interface Fact {
  /** Dotted and stable, as the ids of series. */
  id: string;
  label: string;
  value: number;
  /** Such as `sessions/min`; empty for a plain count. */
  unit: string;
  /** What it must not pass; undefined where nothing is promised. */
  atMost?: number;
}

/** Figures that belong side by side, for people; the samples behind them are in series. */
export interface Table {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What a suite has found. */
export interface Findings {
  series: Series[];
  facts?: Fact[];
  tables?: Table[];
}

/** Whether a fact keeps what is promised of it; undefined where nothing is. */
export function holds({ value, atMost }: Fact): boolean | undefined {
  return atMost === undefined ? undefined : value <= atMost;
}
