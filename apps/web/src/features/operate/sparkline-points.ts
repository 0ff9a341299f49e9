export interface SparklineSize {
  width: number;
  height: number;
}

/** Space above and below the line, so that its stroke is not cut off. */
const MARGIN = 2;

/**
 * The points of a line through values at equal distances, scaled from 0 at the bottom to the largest value at the top.
 * Empty for fewer than two values.
 */
export function toSparklinePoints(values: readonly number[], { width, height }: SparklineSize): string {
  if (values.length < 2) return '';
  const top = Math.max(...values, 1);
  const step = width / (values.length - 1);
  return values
    .map((value, index) => {
      const y = height - MARGIN - (value / top) * (height - 2 * MARGIN);
      return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
