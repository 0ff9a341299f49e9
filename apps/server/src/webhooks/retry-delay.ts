const FIRST_MS = 2000;
const FACTOR = 3;
const LONGEST_MS = 60 * 60 * 1000;

/**
 * How long to wait after the failed attempt of that number, the first being 1: 2 s, 6 s, 18 s, … at most an hour, and up
 * to a quarter less, so that many messages do not come at once. What the receiver asks for counts where it is longer.
 * @param random from 0 to 1
 */
export function toRetryDelayMs(attempts: number, random: number, askedMs = 0): number {
  const delay = Math.min(FIRST_MS * FACTOR ** (attempts - 1), LONGEST_MS) * (1 - random / 4);
  return Math.round(Math.max(delay, Math.min(askedMs, LONGEST_MS)));
}
