import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../../identity/actor.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';

const MINUTE_MS = 60_000;
/** So that a program that sends too much does not lock its user out of the browser. */
const CREDENTIALS_PER_USER = 2;

/** Limits how many requests and frames are carried out. Per server, in memory. */
export interface RequestRate {
  /**
   * Counts one request or frame. One that is refused does not count.
   * @throws CspError `rate_limited`, with the time until the next one is carried out.
   */
  take(actor: Pick<Actor, 'userId' | 'credentialId'>): void;
}

/**
 * @param perMinute the most requests and frames of one credential in a minute; all credentials of a user together may
 * send twice as many. `Infinity` for no limit.
 * @param nowMs milliseconds that never jump.
 */
export function createRequestRate(perMinute: number, nowMs: () => number = () => performance.now()): RequestRate {
  if (perMinute === Number.POSITIVE_INFINITY) return { take: () => undefined };
  const ofCredential = createAttemptWindow(MINUTE_MS, nowMs);
  const ofUser = createAttemptWindow(MINUTE_MS, nowMs);
  return {
    take({ userId, credentialId }) {
      const wait = Math.max(
        ofCredential.waitMs(credentialId, perMinute),
        ofUser.waitMs(userId, CREDENTIALS_PER_USER * perMinute),
      );
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        throw new CspError('rate_limited', `Too many requests in a minute. Wait ${seconds} s, then try again.`, {
          details: { limit: perMinute },
          retryAfterMs: wait,
        });
      }
      ofCredential.add(credentialId);
      ofUser.add(userId);
    },
  };
}
