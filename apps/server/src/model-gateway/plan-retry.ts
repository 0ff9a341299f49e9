import type { UpstreamFailure } from './upstreams/upstream-failure.ts';

/** Of the first wait without a wish of the upstream; each following one is twice as long. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 32_000;
/** Spreads the calls of many sessions that failed together. */
const JITTER = 0.25;
/** When the model asks for a longer wait, the turn ends and says until when. */
export const LONGEST_ASKED_WAIT_MS = 10 * 60 * 1000;

/** How long to wait before the call is made again; undefined when it is not. `attempt` 1 is the first that would follow. */
export function planRetry(
  failure: Pick<UpstreamFailure, 'isPassing' | 'askedWaitMs'>,
  { attempt, maxAttempts, random }: { attempt: number; maxAttempts: number; random: () => number },
): { delayMs: number } | undefined {
  if (!failure.isPassing || attempt > maxAttempts) return undefined;
  if (failure.askedWaitMs !== undefined) {
    return failure.askedWaitMs > LONGEST_ASKED_WAIT_MS ? undefined : { delayMs: Math.round(failure.askedWaitMs) };
  }
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return { delayMs: Math.round(delay * (1 + JITTER * random())) };
}
