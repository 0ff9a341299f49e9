const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;

/**
 * How long to wait before an attempt (1 is the first), in milliseconds. It doubles from 0.25 s to 8 s; a random half
 * to all of that is used, so that the clients of a restarted server do not all reconnect at once.
 */
export function backoffDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
