import { CspError } from '@claude-sdk-pattern/protocol';

import type { Outage } from './upstreams.ts';

/** Where a call finds out how the upstream is: about how long that takes. */
const PROBE_MS = 1000;

/** What calls and new turns are refused with in an outage; `retryAfterMs` is when the next call may go. */
export function toOutageError(outage: Outage | undefined): CspError {
  const retryAfterMs = Math.max(PROBE_MS, Math.ceil(outage?.retryInMs ?? 0));
  const seconds = Math.ceil(retryAfterMs / 1000);
  return new CspError('overloaded', `The model API does not answer. Try again in ${seconds} s`, { retryAfterMs });
}
