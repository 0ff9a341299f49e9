import type { ErrorCode } from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import type { ClientError } from './client-error.ts';

const CODE_STOPPING: ErrorCode = 'stopping';
const MAX_TRIES = 4;
/** A person should rather be told than left waiting for longer than this, in milliseconds. */
const LONGEST_SILENT_WAIT_MS = 5_000;

/**
 * How long to wait before the same request, with the same id, is sent once more, in milliseconds; or undefined when the
 * caller has to be told. `tries` counts the answers so far.
 */
export function retryDelayMs(error: ClientError, tries: number, random: () => number): number | undefined {
  // The connection is about to end; whoever serves the next one answers the same id.
  if (error.code === CODE_STOPPING) return error.retryAfterMs ?? backoffDelayMs(tries, random);
  if (!error.retryable || tries >= MAX_TRIES) return undefined;
  const delayMs = error.retryAfterMs ?? backoffDelayMs(tries, random);
  return delayMs <= LONGEST_SILENT_WAIT_MS ? delayMs : undefined;
}
