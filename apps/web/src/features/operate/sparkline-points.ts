export interface SparklineSize {
  width: number;
  height: number;
}

/** Room above and below, so that the line is not cut at its edges. */
const MARGIN = 2;

/** The points of a line over values at equal distances, from 0 at the bottom to the largest at the top; empty for fewer than two. */
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
