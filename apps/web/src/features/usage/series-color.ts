const COLORS = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)'] as const;

/** The colour of a series; what is beyond the fourth, and the rest, is grey. */
export function toSeriesColor(index: number): string {
  return COLORS[index] ?? 'var(--control)';
}
