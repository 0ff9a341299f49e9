import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../../identity/actor.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';

const MINUTE_MS = 60_000;
/** So that a program that sends too much does not lock its user out of the browser. */
const CREDENTIALS_PER_USER = 2;

/** Each is kept for 30 days, and is an entry of the audit log. */
const SIGN_INS_PER_USER = 60;

/** Limits how many requests and frames are carried out. Per server, in memory. */
export interface RequestRate {
  /**
   * Counts one request or frame. One that is refused does not count.
   * @throws CspError `rate_limited`, with the time until the next one is carried out.
   */
  take(actor: Pick<Actor, 'userId' | 'credentialId' | 'token'>): void;
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
    take({ userId, credentialId: id, token }) {
      // A new token begins no new count.
      const credentialId = token?.subject ?? id;
      const wait = Math.max(
        ofCredential.waitMs(credentialId, perMinute),
        ofUser.waitMs(userId, CREDENTIALS_PER_USER * perMinute),
      );
      if (wait > 0) throw toRefusal('requests', perMinute, wait);
      ofCredential.add(credentialId);
      ofUser.add(userId);
    },
  };
}

/**
 * Limits the successful sign-ins of a user to 60 a minute. Each counts as a request, too.
 * @param nowMs milliseconds that never jump.
 */
export function createSignInRate(requests: RequestRate, nowMs: () => number = () => performance.now()): RequestRate {
  const ofUser = createAttemptWindow(MINUTE_MS, nowMs);
  return {
    take(who) {
      const wait = ofUser.waitMs(who.userId, SIGN_INS_PER_USER);
      if (wait > 0) throw toRefusal('sign-ins of this user', SIGN_INS_PER_USER, wait);
      requests.take(who);
      ofUser.add(who.userId);
    },
  };
}

function toRefusal(what: string, limit: number, waitMs: number): CspError {
  const seconds = Math.ceil(waitMs / 1000);
  return new CspError('rate_limited', `Too many ${what} in a minute. Wait ${seconds} s, then try again.`, {
    details: { limit },
    retryAfterMs: waitMs,
  });
}
