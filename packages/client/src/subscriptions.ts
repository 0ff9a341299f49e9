import type {
  EventFrame,
  PreviewEvent,
  PreviewFrame,
  SessionEvent,
  SessionResource,
} from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import { ClientError } from './client-error.ts';
import type { Clock } from './clock.ts';
import type { Answer } from './requests.ts';

export interface AttachOptions {
  /** The newest `seq` that the caller already has; 0, the default, asks for all events. */
  after?: number;
  /** Called with every event after that, once and in order, over any number of connections. */
  onEvent: (event: SessionEvent, seq: number) => void;
  /** Called with the live stream of events still being produced; may have holes, which the event itself mends. */
  onPreview?: (preview: PreviewEvent) => void;
  /** Called whenever the server has (again) attached this connection: previews seen before are void. */
  onAttached?: (attached: { session: SessionResource; lastSeq: number }) => void;
  /** The journal is shorter than what the caller has, so it was replaced: forget all; events start again from 1. */
  onReset?: () => void;
  /** The session cannot be followed. With `error.retryable` it is tried again by itself, otherwise it is over. */
  onError?: (error: ClientError) => void;
}

export interface Attachment {
  readonly sessionId: string;
  /** The `seq` of the last event that was delivered. */
  readonly lastSeq: number;
  detach: () => void;
  [Symbol.dispose]: () => void;
}

export interface SubscriptionsDeps {
  isLive: () => boolean;
  requestAttach: (sessionId: string, after: number, answer: Answer<'session.attach'>) => void;
  requestDetach: (sessionId: string) => void;
  clock: Clock;
  random: () => number;
}

export interface Subscriptions {
  attach: (sessionId: string, options: AttachOptions) => Attachment;
  receiveEvent: (frame: EventFrame) => void;
  receivePreview: (frame: PreviewFrame) => void;
  connected: () => void;
  disconnected: () => void;
  close: () => void;
}

interface Follower {
  cursor: number;
  options: AttachOptions;
}

interface Subscription {
  sessionId: string;
  followers: Set<Follower>;
  phase: 'detached' | 'attaching' | 'attached' | 'failed';
  /** Tells the newest attach request from older ones, whose answers no longer count. */
  generation: number;
  /** Failed attempts since the last event that was new. */
  failures: number;
  cancelRetry: () => void;
}

/** Follows sessions: one subscription on the server for each session, however many followers it has here. */
export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const subscriptions = new Map<string, Subscription>();

  function subscribe(subscription: Subscription): void {
    subscription.cancelRetry();
    if (!deps.isLive() || subscription.followers.size === 0) return;
    subscription.phase = 'attaching';
    const generation = (subscription.generation += 1);
    const after = Math.min(...Array.from(subscription.followers, (follower) => follower.cursor));
    deps.requestAttach(subscription.sessionId, after, {
      onResult({ session, last_seq }) {
        if (subscription.generation === generation) attached(subscription, session, last_seq);
      },
      onError(error) {
        if (subscription.generation === generation) refused(subscription, error, after);
      },
    });
  }

  function attached(subscription: Subscription, session: SessionResource, lastSeq: number): void {
    const ahead = Array.from(subscription.followers).filter((follower) => follower.cursor > lastSeq);
    if (ahead.length > 0) return reset(subscription, ahead);
    subscription.phase = 'attached';
    for (const follower of subscription.followers) follower.options.onAttached?.({ session, lastSeq });
  }

  function refused(subscription: Subscription, error: ClientError, after: number): void {
    // The connection is gone, or the client: whoever notices that attaches again, or nobody does.
    if (error.type === 'connection_closed') return;
    if (error.type === 'invalid_request_error' && after > 0)
      return reset(subscription, [...subscription.followers], error);
    if (error.retryable) retryLater(subscription, error.retryAfterMs);
    else subscription.phase = 'failed';
    for (const follower of subscription.followers) follower.options.onError?.(error);
  }

  function reset(subscription: Subscription, ahead: Follower[], error?: ClientError): void {
    for (const follower of ahead) {
      if (follower.options.onReset) {
        follower.cursor = 0;
        follower.options.onReset();
      } else {
        subscription.followers.delete(follower);
        follower.options.onError?.(error ?? toShorterJournalError(subscription.sessionId, follower.cursor));
      }
    }
    subscribe(subscription);
  }

  function retryLater(subscription: Subscription, atLeastMs = 0): void {
    subscription.phase = 'detached';
    subscription.failures += 1;
    const delayMs = Math.max(atLeastMs, backoffDelayMs(subscription.failures, deps.random));
    subscription.cancelRetry();
    subscription.cancelRetry = deps.clock.after(delayMs, () => subscribe(subscription));
  }

  function deliver(subscription: Subscription, event: SessionEvent, seq: number): void {
    let gap = false;
    for (const follower of subscription.followers) {
      if (seq <= follower.cursor) continue;
      if (seq > follower.cursor + 1) {
        gap = true;
        continue;
      }
      follower.cursor = seq;
      subscription.failures = 0;
      follower.options.onEvent(event, seq);
    }
    if (gap && subscription.phase === 'attached') retryGap(subscription);
  }

  /** The first time at once; a server that keeps sending gaps is not asked in a tight loop. */
  function retryGap(subscription: Subscription): void {
    if (subscription.failures > 0) return retryLater(subscription);
    subscription.failures = 1;
    subscribe(subscription);
  }

  function detach(subscription: Subscription, follower: Follower): void {
    if (!subscription.followers.delete(follower) || subscription.followers.size > 0) return;
    subscription.generation += 1;
    subscription.cancelRetry();
    subscriptions.delete(subscription.sessionId);
    if (deps.isLive() && subscription.phase !== 'failed') deps.requestDetach(subscription.sessionId);
  }

  return {
    attach(sessionId, options) {
      const follower: Follower = { cursor: options.after ?? 0, options };
      const subscription = subscriptions.get(sessionId) ?? createSubscription(sessionId);
      subscriptions.set(sessionId, subscription);
      subscription.followers.add(follower);
      subscribe(subscription);
      return {
        sessionId,
        get lastSeq() {
          return follower.cursor;
        },
        detach: () => detach(subscription, follower),
        [Symbol.dispose]: () => detach(subscription, follower),
      };
    },
    receiveEvent(frame) {
      const subscription = subscriptions.get(frame.session_id);
      if (subscription) deliver(subscription, frame.event, frame.seq);
    },
    receivePreview(frame) {
      const subscription = subscriptions.get(frame.session_id);
      if (subscription?.phase !== 'attached') return;
      for (const follower of subscription.followers) follower.options.onPreview?.(frame.event);
    },
    connected() {
      for (const subscription of subscriptions.values()) if (subscription.phase !== 'failed') subscribe(subscription);
    },
    disconnected() {
      for (const subscription of subscriptions.values()) {
        subscription.generation += 1;
        subscription.cancelRetry();
        if (subscription.phase !== 'failed') subscription.phase = 'detached';
      }
    },
    close() {
      for (const subscription of subscriptions.values()) subscription.cancelRetry();
      subscriptions.clear();
    },
  };
}

function createSubscription(sessionId: string): Subscription {
  return { sessionId, followers: new Set(), phase: 'detached', generation: 0, failures: 0, cancelRetry: () => {} };
}

function toShorterJournalError(sessionId: string, cursor: number): ClientError {
  return new ClientError('invalid_request_error', `Session ${sessionId} ends before event ${cursor}; load it anew.`);
}
