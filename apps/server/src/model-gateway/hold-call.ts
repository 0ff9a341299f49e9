import { CspError } from '@claude-sdk-pattern/protocol';

import type { Grant } from './session-tokens.ts';

/** More than an agent with its subagents makes at the same time. */
const MAX_CALLS = 64;
/** Of the requests of one process that are in memory at the same time. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

/** The memory that one call takes from the share of its process until it is disposed. */
export interface HeldCall extends Disposable {
  /** @throws CspError `rate_limited` when the calls of the process use too much already. */
  take(bytes: number): void;
}

/** Counts a call to its process. @throws CspError `rate_limited` when the process makes too many at the same time. */
export function holdCall({ held }: Pick<Grant, 'held'>): HeldCall {
  if (held.calls >= MAX_CALLS) {
    throw new CspError('rate_limited', `A process makes at most ${MAX_CALLS} model calls at the same time`);
  }
  held.calls += 1;
  let taken = 0;
  return {
    take(bytes) {
      if (held.bytes + bytes > MAX_HELD_BYTES) {
        const message = `The model calls of a process have at most ${MAX_HELD_BYTES} bytes at the same time`;
        throw new CspError('rate_limited', message);
      }
      taken += bytes;
      held.bytes += bytes;
    },
    [Symbol.dispose]() {
      held.calls -= 1;
      held.bytes -= taken;
    },
  };
}
