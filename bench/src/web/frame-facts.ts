import type { Fact, Findings } from '../findings.ts';
import { createSeries } from '../series.ts';
import { quantile } from '../statistics.ts';
import { BUDGETS } from './budgets.ts';

/** What a run of frames says against their budgets; `floor` for frames that are nobody's doing of ours. */
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
