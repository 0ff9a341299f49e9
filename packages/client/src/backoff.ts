const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;

/**
 * How long to wait before the given attempt (1 is the first), in milliseconds: doubling from 0.25 s to 8 s, of which a
 * random half to whole is taken, so that the clients of a restarted server do not all come back at once.
 */
export function backoffDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
