import type { ModelCall } from './model-call.ts';
import type { ToldWaits } from './tell-waits.ts';
import type { FindOptions, Upstreams } from './upstreams/upstreams.ts';
import { waitForRetry } from './wait-for-retry.ts';

/** After the upstream has answered again, the calls that waited for it come within this time. */
const SPREAD_MS = 1000;

/** For whom to wait, and how long. */
export interface UpstreamWaitOptions extends Pick<FindOptions, 'model' | 'except'> {
  attempt: number;
  maxAttempts: number;
  /** Longest wait from now on. */
  maxWaitMs: number;
  random(): number;
}

/**
 * Waits in an outage until an upstream takes calls again, and tells the session when the next call is made. Resolves with
 * false as soon as it is known that this takes longer than `maxWaitMs`. Rejects with the reason of the signal.
 */
export async function waitForUpstream(
  upstreams: Upstreams,
  { signal, waits }: Pick<ModelCall, 'signal'> & { waits: ToldWaits },
  { attempt, maxAttempts, maxWaitMs, random, ...asked }: UpstreamWaitOptions,
): Promise<boolean> {
  const endsAtMs = performance.now() + maxWaitMs;
  for (let outage = upstreams.findOutage(asked); outage !== undefined; outage = upstreams.findOutage(asked)) {
    const leftMs = endsAtMs - performance.now();
    const { retryInMs } = outage;
    if (leftMs <= (retryInMs ?? 0)) return false;
    // A timer may be early by a part of a millisecond.
    const delayMs = Math.ceil(retryInMs ?? leftMs) + 1;
    const wait = waitForRetry(delayMs, signal);
    let isOver = false;
    const off = upstreams.onTransition(({ to }) => {
      isOver ||= to === 'closed';
      wait.endNow();
    });
    // While another call finds out how the upstream is, the time that was told stands.
    if (retryInMs !== undefined) {
      const retryNow = () => {
        upstreams.probeNow();
        wait.endNow();
      };
      waits.begin({ attempt, maxAttempts, delayMs, isAskedFor: false, isOutage: true, statusCode: null, retryNow });
    }
    try {
      await wait.ended;
      if (isOver) await waitForRetry(SPREAD_MS * random(), signal).ended;
    } finally {
      off();
    }
  }
  return true;
}
