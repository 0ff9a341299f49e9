const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export interface TimeLeft {
  /** As it is shown: in seconds below two minutes, in minutes below an hour, then in hours. */
  shownMs: number;
  /** More than an hour, which hurries nobody. */
  isLong: boolean;
  /** The last minute. */
  isLast: boolean;
}

/** How to show the time until something expires, in milliseconds; null where that is over. It is never shown shorter than it is. */
export function describeTimeLeft(leftMs: number): TimeLeft | null {
  if (leftMs <= 0) return null;
  const isLong = leftMs > HOUR_MS;
  const unit = isLong ? HOUR_MS : leftMs < 2 * MINUTE_MS ? SECOND_MS : MINUTE_MS;
  return { shownMs: Math.ceil(leftMs / unit) * unit, isLong, isLast: leftMs < MINUTE_MS };
}
