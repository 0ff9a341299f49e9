import { memo } from 'react';

import type { Bar } from './to-bars.ts';

interface ChartBarsProps {
  bars: readonly Bar[];
  colors: readonly string[];
  /** What the whole height stands for. */
  top: number;
  at: number | null;
  today: number;
}

/** Of its place; the rest is the gap to the next one. */
const BAR_WIDTH = 0.76;

/** The bars as one picture, a unit wide each and 1 high; the chart around it has their names. */
export function ChartBars({ bars, colors, top, at, today }: ChartBarsProps) {
  return (
    <svg aria-hidden viewBox={`0 0 ${bars.length} 1`} preserveAspectRatio="none" className="usage-bars">
      {today !== -1 && <rect x={today} width={1} height={1} fill="var(--accent-soft)" />}
      {at !== null && <rect x={at} width={1} height={1} fill="var(--hover)" />}
      {bars.map(({ start, values }, index) => (
        <Stack key={start} {...{ index, values, top, colors }} isFaded={at !== null && at !== index} />
      ))}
    </svg>
  );
}

interface StackProps {
  index: number;
  values: readonly number[];
  top: number;
  colors: readonly string[];
  isFaded: boolean;
}

const Stack = memo(function Stack({ index, values, top, colors, isFaded }: StackProps) {
  return (
    <g opacity={isFaded ? 0.45 : 1}>
      {values.map((value, at) => {
        if (value === 0) return null;
        const below = values.slice(0, at).reduce((sum, each) => sum + each, 0);
        return (
          <rect
            key={colors[at]}
            x={index + (1 - BAR_WIDTH) / 2}
            y={1 - (below + value) / top}
            width={BAR_WIDTH}
            height={value / top}
            fill={colors[at]}
          />
        );
      })}
    </g>
  );
});
