import type { Machine } from '../machine.ts';
import type { Series } from '../series.ts';
import { summarize, type Summary } from '../statistics.ts';
import { compare, type Comparison } from './comparison.ts';

/** What `latest.json` holds. Times are in milliseconds, memory in megabytes of 2^20 bytes. */
export interface Report {
  format: 1;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationSeconds: number;
  quick: boolean;
  machine: Machine;
  comparisons: Comparison[];
  series: (Series & { summary: Summary })[];
}

/** Leaves out series without samples. */
export function createReport(
  run: Pick<Report, 'startedAt' | 'durationSeconds' | 'quick' | 'machine'>,
  series: readonly Series[],
): Report {
  const filled = series.filter((each) => each.samples.length > 0);
  return {
    format: 1,
    ...run,
    comparisons: compare(filled),
    series: filled.map((each) => ({
      ...each,
      samples: each.samples.map((sample) => Math.round(sample * 1000) / 1000),
      summary: summarize(each.samples),
    })),
  };
}
