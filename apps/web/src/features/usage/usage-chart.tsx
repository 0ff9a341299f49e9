import type { KeyboardEvent, PointerEvent } from 'react';

import { ChartBars } from './chart-bars.tsx';
import type { Measure } from './figures.ts';
import { toAxisLabel, toBarName } from './format-bar.ts';
import { formatFigures, formatMeasure, formatTick, t } from './messages.ts';
import { hasLabel, toTicks, type Bar, type BarUnit } from './to-bars.ts';

export interface Series {
  name: string;
  color: string;
}

export interface UsageChartProps {
  bars: readonly Bar[];
  unit: BarUnit;
  by: Measure;
  /** In the order of `values`. */
  series: readonly Series[];
  /** The bar of the present hour, day or week; -1 where it is not among them. */
  today: number;
  /** The bar that is read; null for none. */
  at: number | null;
  onAt: (at: number | null) => void;
}

/** How many labels an axis has about. */
const LABELS = { wide: 10, phone: 4 };

/**
 * Stacked bars of what was used. It is one stop of the Tab key: the arrow keys go from bar to bar, and a screen reader
 * says the figures of each. The page shows them above the chart, so that nothing covers it.
 */
export function UsageChart({ bars, unit, by, series, today, at, onAt }: UsageChartProps) {
  const ticks = toTicks(Math.max(...bars.map(({ total }) => total)));
  const top = ticks.at(-1) ?? 1;
  const latest = today === -1 ? bars.length - 1 : today;
  const current = at ?? latest;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return onAt(null);
    const next = toNext(event.key, current, bars.length);
    if (next === undefined) return undefined;
    event.preventDefault();
    return onAt(next);
  };
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    onAt(Math.min(bars.length - 1, Math.max(0, place)));
  };
  return (
    <div className="usage-chart">
      <div
        role="slider"
        tabIndex={0}
        aria-label={t.chart(t.measures[by], t.units[unit])}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={bars.length}
        aria-valuenow={current + 1}
        aria-valuetext={describe(bars[current], { unit, by, series })}
        onKeyDown={onKey}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && onAt(current)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => onAt(null)}
        onBlur={() => onAt(null)}
        className="usage-plot"
      >
        {ticks.map((tick) => (
          <div
            key={tick}
            aria-hidden
            className={`absolute inset-x-0 border-t ${tick === 0 ? 'border-control' : 'border-line'}`}
            style={{ bottom: `${(tick / top) * 100}%` }}
          >
            <span className="usage-tick nums pr-2 text-xs whitespace-nowrap text-muted">{formatTick(tick, by)}</span>
          </div>
        ))}
        <ChartBars {...{ bars, top, at, today }} colors={series.map(({ color }) => color)} />
        {bars.map(({ start }, index) => (
          <AxisLabel
            key={start}
            text={index === today ? t.present[unit] : toAxisLabel(start, unit)}
            {...{ index, count: bars.length, anchor: latest, isToday: index === today }}
          />
        ))}
      </div>
    </div>
  );
}

function toNext(key: string, current: number, count: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, current + step));
}

function describe(bar: Bar | undefined, { unit, by, series }: Pick<UsageChartProps, 'unit' | 'by' | 'series'>) {
  if (bar === undefined) return '';
  const parts = bar.values.flatMap((value, index) =>
    value > 0 && series.length > 1 ? `${series[index]?.name ?? ''} ${formatMeasure(value, by)}` : [],
  );
  const { requests, unpriced_requests: unpriced } = bar.figures;
  return [
    `${toBarName(bar.start, unit)}: ${formatFigures(bar.figures, by)}`,
    t.calls(requests),
    ...(unpriced > 0 ? [t.unpricedOf(unpriced)] : []),
    ...parts,
  ].join(', ');
}

interface AxisLabelProps {
  text: string;
  index: number;
  count: number;
  anchor: number;
  isToday: boolean;
}

function AxisLabel({ text, index, count, anchor, isToday }: AxisLabelProps) {
  const wide = hasLabel(index, { count, anchor, most: LABELS.wide });
  const phone = hasLabel(index, { count, anchor, most: LABELS.phone });
  if (!wide && !phone) return null;
  return (
    <span
      aria-hidden
      className={`usage-label nums text-xs whitespace-nowrap ${isToday ? 'font-semibold text-text' : 'text-muted'} ${wide ? '' : 'md:hidden'} ${phone ? '' : 'max-md:hidden'}`}
      style={{ left: `${((index + 0.5) / count) * 100}%` }}
    >
      {text}
    </span>
  );
}
