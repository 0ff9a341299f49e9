import type { Figures, Measure } from './figures.ts';
import { formatFigures, formatMeasure, t } from './messages.ts';
import type { Series } from './usage-chart.tsx';

interface ChartReadingProps {
  title: string;
  figures: Figures;
  /** Of each series. */
  values: readonly number[];
  series: readonly Series[];
  by: Measure;
}

/** What the bar that is pointed at has, or all of them: it is the legend of the chart, too. */
export function ChartReading({ title, figures, values, series, by }: ChartReadingProps) {
  const { requests, unpriced_requests: unpriced } = figures;
  return (
    // The slider says the same to screen readers.
    <div className="nums flex flex-col gap-1.5 text-sm">
      <p className="usage-reading flex flex-wrap items-baseline gap-x-3">
        <span className="font-semibold max-md:w-full">{title}</span>
        <span>{t.ofTotal(formatFigures(figures, by), t.calls(requests))}</span>
        {unpriced > 0 && <span className="text-warn">{t.unpricedOf(unpriced)}</span>}
      </p>
      <ul aria-label={t.legend} className="usage-legend">
        {series.map(({ name, color }, index) => (
          <li key={color} className="flex min-w-0 items-center gap-1.5">
            <span aria-hidden className="usage-swatch" style={{ background: color }} />
            <span className="min-w-0 truncate text-muted">{name}</span>
            <span className="ml-auto">{formatMeasure(values[index] ?? 0, by)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
