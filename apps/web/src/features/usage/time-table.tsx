import { ChevronRight } from 'lucide-react';

import type { Measure } from './figures.ts';
import { toBarName } from './format-bar.ts';
import { formatFigures, formatMeasure, t } from './messages.ts';
import type { Bar, BarUnit } from './to-bars.ts';
import type { Series } from './usage-chart.tsx';

interface TimeTableProps {
  bars: readonly Bar[];
  unit: BarUnit;
  series: readonly Series[];
  by: Measure;
}

/** What the chart shows, in figures: for who reads them rather than sees bars. */
export function TimeTable({ bars, unit, series, by }: TimeTableProps) {
  const columns = series.length > 1 ? series : [];
  return (
    <details className="usage-times group min-w-0">
      <summary className="tap flex cursor-pointer items-center gap-1 self-start rounded-sm hover:text-text">
        <ChevronRight size={14} aria-hidden className="shrink-0 group-open:rotate-90" />
        {t.asTable}
      </summary>
      {/* A region that scrolls has to take the focus, so that keys can scroll it. */}
      <div role="region" aria-label={t.tableTitle} tabIndex={0} className="mt-2 max-h-96 overflow-auto">
        <table className="nums w-full text-right whitespace-nowrap">
          <thead>
            <tr className="border-b border-line">
              <th scope="col" className="text-left font-semibold">
                {t.time[unit]}
              </th>
              <th scope="col" className="font-semibold">
                {t.measures[by]}
              </th>
              {columns.map(({ name, color }) => (
                <th key={color} scope="col" className="font-normal">
                  {name}
                </th>
              ))}
              <th scope="col" className="font-normal">
                {t.callsName}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ start, values, figures }) => (
              <tr key={start} className="border-b border-line">
                <th scope="row" className="text-left font-normal">
                  {toBarName(start, unit)}
                </th>
                <td className="text-text">{formatFigures(figures, by)}</td>
                {columns.map(({ color }, index) => (
                  <td key={color}>{formatMeasure(values[index] ?? 0, by)}</td>
                ))}
                <td>{figures.requests.toLocaleString('en')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
