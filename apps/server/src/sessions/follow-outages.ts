import type { Clock } from '../lib/clock.ts';
import type { Upstreams } from '../model-gateway/upstreams/upstreams.ts';

/** No upstream takes calls. */
export interface ToldOutage {
  /** ISO 8601: from when on a call tries whether it still lasts. */
  retryAt: string;
}

/**
 * Tells of an outage of the model API: at once when there is one, when one begins, when a try has failed, and with null
 * when it has ended. Returns the unsubscriber.
 */
export function followOutages(
  { upstreams, clock }: { upstreams: Pick<Upstreams, 'findOutage' | 'onTransition'>; clock: Clock },
  listener: (outage: ToldOutage | null) => void,
): () => void {
  let isTold = false;
  const tell = () => {
    const outage = upstreams.findOutage();
    if (outage === undefined) {
      if (isTold) listener(null);
      isTold = false;
      return;
    }
    // While a call tries, what was told stands.
    if (outage.retryInMs === undefined && isTold) return;
    isTold = true;
    listener({ retryAt: new Date(clock.now() + (outage.retryInMs ?? 0)).toISOString() });
  };
  const off = upstreams.onTransition(tell);
  tell();
  return off;
}
