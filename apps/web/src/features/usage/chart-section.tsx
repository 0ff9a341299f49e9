import { useState } from 'react';

import { Segments } from '../../ui/segments.tsx';
import { ChartReading } from './chart-reading.tsx';
import { toDate } from './choose-range.ts';
import type { Measure } from './figures.ts';
import { toBarName, toSpanName } from './format-bar.ts';
import { t } from './messages.ts';
import { toSeriesColor } from './series-color.ts';
import { TimeTable } from './time-table.tsx';
import { toBars, toBarUnit, type Bar, type BarUnit } from './to-bars.ts';
import { toGroupName } from './to-group-name.ts';
import { UsageChart } from './usage-chart.tsx';
import type { UsageReport } from './use-usage.ts';

interface ChartSectionProps {
  report: UsageReport;
  by: Measure;
  onMeasure: (by: Measure) => void;
  timeZone: string;
  all: boolean;
}

const MEASURES = Object.entries(t.measures) as [Measure, string][];

/** The chart with its legend, and the same as a table. */
export function ChartSection({ report, by, onMeasure, timeZone, all }: ChartSectionProps) {
  const [at, setAt] = useState<number | null>(null);
  const { range, by: grouping } = report.wish;
  const unit = toBarUnit(range.unit, range.days);
  const bars = toBars(
    report.time,
    report.series.map(({ time }) => time),
    { by, unit },
  );
  const count = bars[0]?.values.length ?? 0;
  const series = Array.from({ length: count }, (_, index) => {
    const group = report.series[index]?.group;
    return group === undefined
      ? { name: report.series.length === 0 ? t.inAll : t.rest, color: toSeriesColor(Infinity) }
      : { name: toGroupName(group, grouping, all), color: toSeriesColor(index) };
  });
  const bar = at === null ? undefined : bars[at];
  const sums = series.map((_, index) => bars.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  return (
    <section aria-label={t.chartTitle} className="rounded-md border border-line bg-raised p-4">
      <div className="mb-3 flex items-center justify-between gap-4">
        <h2 className="text-sm font-semibold text-muted">{t.chartTitle}</h2>
        <Segments label={t.measure} value={by} options={MEASURES} onChange={onMeasure} />
      </div>
      <ChartReading
        title={bar === undefined ? toSpanName(range.from, range.to) : toBarName(bar.start, unit)}
        figures={bar?.figures ?? report.total}
        values={bar?.values ?? sums}
        {...{ series, by }}
      />
      <UsageChart {...{ bars, unit, by, series, at }} today={findToday(bars, unit, timeZone)} onAt={setAt} />
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 text-sm text-muted">
        <TimeTable {...{ bars, unit, series, by }} />
        <p>{t.zone(t.axes[unit], timeZone)}</p>
      </div>
    </section>
  );
}

function findToday(bars: readonly Bar[], unit: BarUnit, timeZone: string): number {
  const now = Date.now();
  const index = bars.findLastIndex(({ start }) => Date.parse(start) <= now);
  const found = bars[index];
  if (found === undefined) return -1;
  if (unit === 'hour') return now - Date.parse(found.start) < 3_600_000 ? index : -1;
  if (unit === 'day') return found.start.slice(0, 10) === toDate(now, timeZone) ? index : -1;
  return now - Date.parse(found.start) < 7 * 86_400_000 ? index : -1;
}
