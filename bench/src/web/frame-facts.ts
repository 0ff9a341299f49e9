import type { Fact, Findings } from '../findings.ts';
import { createSeries } from '../series.ts';
import { quantile } from '../statistics.ts';
import { BUDGETS } from './budgets.ts';

/** The facts of a series of frame times against their budgets; `floor` for frames of a page without our code. */
export function toFrameFindings(id: string, label: string, frames: readonly number[], floor = false): Findings {
  const series = { ...createSeries(id, label), samples: [...frames] };
  const budget = (atMost: number): { atMost?: number } => (floor ? {} : { atMost });
  const facts: Fact[] = [
    {
      ...{ id: `${id}.p95`, label: `${label}: frames, p95`, value: quantile(frames, 0.95), unit: 'ms' },
      ...budget(BUDGETS.frameP95Ms),
    },
    {
      ...{ id: `${id}.longest`, label: `${label}: longest frame`, value: Math.max(...frames), unit: 'ms' },
      ...budget(BUDGETS.longestFrameMs),
    },
  ];
  return { series: [series], facts };
}
