import type { PresentPerson, PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import { ClientError } from './client-error.ts';
import type { Clock } from './clock.ts';
import { begin, cursorOf, deliver, findAttachPoint, restart, type AttachPoint, type Follower } from './follower.ts';
import type { Answer, ResultOf } from './requests.ts';

export interface SubscriptionDeps {
  isLive: () => boolean;
  requestAttach: (sessionId: string, from: AttachPoint, answer: Answer<'session.attach'>) => void;
  requestDetach: (sessionId: string) => void;
  clock: Clock;
  random: () => number;
}

/** The subscription to one session, over any number of connections. */
export interface Subscription {
  add: (follower: Follower) => void;
  /** True when no follower is left: the subscription may not be used after that. */
  remove: (follower: Follower) => boolean;
  receiveEvent: (event: SessionEvent, seq: number) => void;
  receivePreview: (preview: PreviewEvent) => void;
  receivePresence: (people: readonly PresentPerson[]) => void;
  /** The session cannot be followed any more; its followers are told why. */
  end: (why: ClientError) => void;
  connected: () => void;
  disconnected: () => void;
  close: () => void;
}

/**
 * Attaches to one session for all of its followers, and attaches again when events are missing.
 *
 * Over 100 lines: every handler moves the phase of the one subscription.
 */
export function createSubscription(sessionId: string, deps: SubscriptionDeps): Subscription {
  const followers = new Set<Follower>();
  let phase: 'detached' | 'attaching' | 'attached' | 'failed' = 'detached';
  /** Identifies the newest attach request: answers to older ones are ignored. */
  let generation = 0;
  /** Failed attempts since the last event that was new. */
  let failures = 0;
  let cancelRetry: () => void = () => {};

  function subscribe(): void {
    cancelRetry();
    if (!deps.isLive() || followers.size === 0) return;
    phase = 'attaching';
    const current = (generation += 1);
    const from = findAttachPoint(followers);
    deps.requestAttach(sessionId, from, {
      onResult(result) {
        if (generation === current) attached(result);
      },
      onError(error) {
        if (generation === current) refused(error, from.after);
      },
    });
  }

  function attached({ session, last_seq: lastSeq, first_seq: firstSeq }: ResultOf<'session.attach'>): void {
    for (const follower of followers) begin(follower, lastSeq);
    const all = [...followers];
    const ahead = all.filter((follower) => cursorOf(follower) > lastSeq);
    if (ahead.length > 0) return reset(ahead);
    // A new follower wants earlier events than the request asked for.
    if (all.some((follower) => cursorOf(follower) < firstSeq - 1)) return subscribe();
    phase = 'attached';
    for (const { options, firstSeq: ownFirst } of all)
      options.onAttached?.({ session, lastSeq, firstSeq: ownFirst ?? firstSeq });
  }

  function refused(error: ClientError, after: number): void {
    // The connection or the client has ended. A new connection attaches again.
    if (error.type === 'connection_closed') return;
    if (error.type === 'invalid_request_error' && after > 0) return reset([...followers], error);
    if (error.retryable) retryLater(error.retryAfterMs);
    else phase = 'failed';
    for (const { options } of followers) options.onError?.(error);
  }

  function reset(ahead: readonly Follower[], error?: ClientError): void {
    for (const follower of ahead) {
      if (restart(follower)) continue;
      followers.delete(follower);
      follower.options.onError?.(error ?? toShorterJournalError(sessionId, cursorOf(follower)));
    }
    subscribe();
  }

  function retryLater(atLeastMs = 0): void {
    phase = 'detached';
    failures += 1;
    const delayMs = Math.max(atLeastMs, backoffDelayMs(failures, deps.random));
    cancelRetry();
    cancelRetry = deps.clock.after(delayMs, subscribe);
  }

  /**
   * The first retry is immediate. After that it waits, so that a server that keeps sending gaps is not asked in a
   * tight loop.
   */
  function retryGap(): void {
    if (failures > 0) return retryLater();
    failures = 1;
    subscribe();
  }

  return {
    add(follower) {
      followers.add(follower);
      subscribe();
    },
    remove(follower) {
      if (!followers.delete(follower) || followers.size > 0) return false;
      generation += 1;
      cancelRetry();
      if (deps.isLive() && phase !== 'failed') deps.requestDetach(sessionId);
      return true;
    },
    receiveEvent(event, seq) {
      const outcomes = Array.from(followers, (follower) => deliver(follower, event, seq));
      if (outcomes.includes('delivered')) failures = 0;
      if (outcomes.includes('gap') && phase === 'attached') retryGap();
    },
    receivePreview(preview) {
      if (phase !== 'attached') return;
      for (const { options } of followers) options.onPreview?.(preview);
    },
    receivePresence(people) {
      for (const { options } of followers) options.onPresence?.(people);
    },
    end(why) {
      if (phase === 'failed') return;
      generation += 1;
      cancelRetry();
      refused(why, 0);
    },
    connected() {
      if (phase !== 'failed') subscribe();
    },
    disconnected() {
      generation += 1;
      cancelRetry();
      if (phase !== 'failed') phase = 'detached';
    },
    close: () => cancelRetry(),
  };
}

function toShorterJournalError(sessionId: string, cursor: number): ClientError {
  return new ClientError('invalid_request_error', `Session ${sessionId} ends before event ${cursor}; load it anew.`);
}
