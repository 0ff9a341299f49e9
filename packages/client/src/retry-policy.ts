import { backoffDelayMs } from './backoff.ts';
import type { ClientError } from './client-error.ts';

const MAX_TRIES = 4;
/** A person should rather be told than left waiting for longer than this, in milliseconds. */
const LONGEST_SILENT_WAIT_MS = 5_000;

/**
 * How long to wait before the same request, with the same id, is sent once more, in milliseconds; or undefined when the
 * caller has to be told. `tries` counts the answers so far.
 */
export function retryDelayMs(error: ClientError, tries: number, random: () => number): number | undefined {
  if (!error.retryable || tries >= MAX_TRIES) return undefined;
  const delayMs = error.retryAfterMs ?? backoffDelayMs(tries, random);
  return delayMs <= LONGEST_SILENT_WAIT_MS ? delayMs : undefined;
}
