import type { ProcessSampleResource } from '@claude-sdk-pattern/protocol';

import { formatMemory } from './format-memory.ts';
import { memorySamples } from './memory-of.ts';
import { t } from './messages.ts';
import { toSparklinePoints } from './sparkline-points.ts';

const SIZE = { width: 160, height: 36 };

/** Memory over the last minutes as a line, with a text for screen readers. */
export function Sparkline({ samples }: { samples: readonly ProcessSampleResource[] }) {
  const values = memorySamples(samples);
  const points = toSparklinePoints(values, SIZE);
  const label =
    points === '' ? t.noChart : t.chart(formatMemory(Math.min(...values)), formatMemory(Math.max(...values)));
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      preserveAspectRatio="none"
      className="h-9 w-full text-accent"
    >
      <line
        x1="0"
        x2={SIZE.width}
        y1={SIZE.height - 1}
        y2={SIZE.height - 1}
        stroke="var(--line)"
        vectorEffect="non-scaling-stroke"
      />
      {points !== '' && (
        <>
          <polygon
            points={`0,${SIZE.height - 1} ${points} ${SIZE.width},${SIZE.height - 1}`}
            fill="currentColor"
            opacity="0.12"
          />
          <polyline
            points={points}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  );
}
