import type { UsageGroupResource } from '@claude-sdk-pattern/protocol';

import { addDays } from './choose-range.ts';
import { measure, sumFigures, type Figures, type Measure } from './figures.ts';

export type BarUnit = 'hour' | 'day' | 'week';

/** One bar of the chart. */
export interface Bar {
  /** Its beginning, with its offset from UTC: `2026-03-29T00:00:00+01:00`. */
  start: string;
  figures: Figures;
  /** What each series has of it, in micro-dollars or tokens. The rest comes last, where there is one. */
  values: readonly number[];
  total: number;
}

/** So many days have a bar each; more are shown by weeks. */
const MAX_DAY_BARS = 93;

export function toBarUnit(unit: 'hour' | 'day', days: number): BarUnit {
  return unit === 'day' && days > MAX_DAY_BARS ? 'week' : unit;
}

/**
 * The bars of a chart.
 * @param all the hours or days, of everything
 * @param series the same hours or days, of one group each; what they leave of `all` is the rest
 */
export function toBars(
  all: readonly UsageGroupResource[],
  series: readonly (readonly UsageGroupResource[])[],
  { by, unit }: { by: Measure; unit: BarUnit },
): Bar[] {
  const merge = (groups: readonly UsageGroupResource[]) => (unit === 'week' ? toWeeks(groups) : groups);
  const found = series.map((groups) => new Map(merge(groups).map((group) => [group.group, measure(group, by)])));
  const bars = merge(all).map(({ group, name: _, ...figures }) => {
    const values = found.map((each) => each.get(group) ?? 0);
    const total = measure(figures, by);
    const rest = total - values.reduce((sum, value) => sum + value, 0);
    // Calls that were made between two requests of the page are in one answer and not in the other.
    return { start: group ?? '', figures, total, values: [...values, Math.max(0, rest)] };
  });
  const hasRest = bars.some(({ values }) => (values.at(-1) ?? 0) > 0);
  return hasRest ? bars : bars.map((bar) => ({ ...bar, values: bar.values.slice(0, -1) }));
}

/** Weeks begin on Monday; the first and the last may have fewer days. */
function toWeeks(days: readonly UsageGroupResource[]): UsageGroupResource[] {
  const weeks = Map.groupBy(days, ({ group }) => toMonday((group ?? '').slice(0, 10)));
  return [...weeks.values()].map((each) => ({ group: each[0]?.group ?? null, name: null, ...sumFigures(each) }));
}

function toMonday(date: string): string {
  return addDays(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** Round steps from 0 to at least `most`: four or five of them, ascending. */
export function toTicks(most: number): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

/**
 * Which bars have a label below them: about `most`, at equal distances, the one of `anchor` among them.
 * @param anchor the index of today, or of the last bar
 */
export function hasLabel(index: number, { count, anchor, most }: { count: number; anchor: number; most: number }) {
  const step = Math.max(1, Math.ceil(count / most));
  return Math.abs(index - anchor) % step === 0;
}
