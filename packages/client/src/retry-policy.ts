import type { ErrorCode } from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import type { ClientError } from './client-error.ts';

const CODE_STOPPING: ErrorCode = 'stopping';
const MAX_TRIES = 4;
/** The longest wait before a retry that the caller is not told of, in milliseconds. */
const LONGEST_SILENT_WAIT_MS = 5_000;

/**
 * How long to wait before the same request is sent again under the same id, in milliseconds; undefined when the
 * caller has to be told. `tries` counts the answers so far.
 */
export function retryDelayMs(error: ClientError, tries: number, random: () => number): number | undefined {
  // The connection is about to end. The server of the next one answers the same id.
  if (error.code === CODE_STOPPING) return error.retryAfterMs ?? backoffDelayMs(tries, random);
  if (!error.retryable || tries >= MAX_TRIES) return undefined;
  const delayMs = error.retryAfterMs ?? backoffDelayMs(tries, random);
  return delayMs <= LONGEST_SILENT_WAIT_MS ? delayMs : undefined;
}
