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
import type { Answer, ResultOf } from './requests.ts';

export interface AttachOptions {
  /** The newest `seq` that the caller already has; 0, the default, asks for all events. */
  after?: number;
  /**
   * Begin at most this many events before the end instead of with the whole history, which may be long. What came before
   * is read with `client.listEvents(sessionId, { before: attachment.firstSeq })`.
   */
  tail?: number;
  /** Called with every event after that, once and in order, over any number of connections. */
  onEvent: (event: SessionEvent, seq: number) => void;
  /** Called with the live stream of events still being produced; may have holes, which the event itself mends. */
  onPreview?: (preview: PreviewEvent) => void;
  /** Called whenever the server has (again) attached this connection: previews seen before are void. */
  onAttached?: (attached: { session: SessionResource; lastSeq: number; firstSeq: number }) => void;
  /** The journal is shorter than what the caller has, so it was replaced: forget all; events start again from 1. */
  onReset?: () => void;
  /** The session cannot be followed. With `error.retryable` it is tried again by itself, otherwise it is over. */
  onError?: (error: ClientError) => void;
}

export interface Attachment {
  readonly sessionId: string;
  /** The `seq` of the last event that was delivered, or after which the first one comes. */
  readonly lastSeq: number;
  /** The `seq` with which this attachment began: older events are in the journal when it is above 1. Undefined until a `tail` is attached. */
  readonly firstSeq: number | undefined;
  detach: () => void;
  [Symbol.dispose]: () => void;
}

/** Where the server is to begin. */
export interface AttachPoint {
  after: number;
  tail?: number;
}

export interface SubscriptionsDeps {
  isLive: () => boolean;
  requestAttach: (sessionId: string, from: AttachPoint, answer: Answer<'session.attach'>) => void;
  requestDetach: (sessionId: string) => void;
  clock: Clock;
  random: () => number;
}

export interface Subscriptions {
  attach: (sessionId: string, options: AttachOptions) => Attachment;
  receiveEvent: (frame: EventFrame) => void;
  receivePreview: (frame: PreviewFrame) => void;
  /** Nothing more comes of the session; its followers are told `not_found_error`. */
  deleted: (sessionId: string) => void;
  connected: () => void;
  disconnected: () => void;
  close: () => void;
}

interface Follower {
  /** The `seq` of the last event that it has; undefined while a `tail` waits for the server to say where the end is. */
  cursor: number | undefined;
  firstSeq: number | undefined;
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
    const from = findAttachPoint(subscription.followers);
    deps.requestAttach(subscription.sessionId, from, {
      onResult(result) {
        if (subscription.generation === generation) attached(subscription, result);
      },
      onError(error) {
        if (subscription.generation === generation) refused(subscription, error, from.after);
      },
    });
  }

  function attached(subscription: Subscription, result: ResultOf<'session.attach'>): void {
    const { session, last_seq: lastSeq, first_seq: firstSeq } = result;
    for (const follower of subscription.followers) begin(follower, lastSeq);
    const followers = [...subscription.followers];
    const ahead = followers.filter((follower) => cursorOf(follower) > lastSeq);
    if (ahead.length > 0) return reset(subscription, ahead);
    // Somebody joined who wants more of the past than was asked for.
    if (followers.some((follower) => cursorOf(follower) < firstSeq - 1)) return subscribe(subscription);
    subscription.phase = 'attached';
    for (const follower of followers)
      follower.options.onAttached?.({ session, lastSeq, firstSeq: follower.firstSeq ?? firstSeq });
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
        follower.options = { ...follower.options, after: 0 };
        Object.assign(follower, toBeginning(follower.options));
        follower.options.onReset?.();
      } else {
        subscription.followers.delete(follower);
        follower.options.onError?.(error ?? toShorterJournalError(subscription.sessionId, cursorOf(follower)));
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
      if (follower.cursor === undefined || seq <= follower.cursor) continue;
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
      const follower: Follower = { ...toBeginning(options), options };
      const subscription = subscriptions.get(sessionId) ?? createSubscription(sessionId);
      subscriptions.set(sessionId, subscription);
      subscription.followers.add(follower);
      subscribe(subscription);
      return {
        sessionId,
        get lastSeq() {
          return cursorOf(follower);
        },
        get firstSeq() {
          return follower.firstSeq;
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
    deleted(sessionId) {
      const subscription = subscriptions.get(sessionId);
      if (subscription === undefined || subscription.phase === 'failed') return;
      subscription.generation += 1;
      subscription.cancelRetry();
      refused(subscription, new ClientError('not_found_error', `Session ${sessionId} was deleted`), 0);
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

function toBeginning({ after = 0, tail }: AttachOptions): Pick<Follower, 'cursor' | 'firstSeq'> {
  return tail === undefined ? { cursor: after, firstSeq: after + 1 } : { cursor: undefined, firstSeq: undefined };
}

/** Settles where a follower with a `tail` begins, now that the end is known. */
function begin(follower: Follower, lastSeq: number): void {
  const { after = 0, tail = 0 } = follower.options;
  follower.cursor ??= Math.max(after, lastSeq - tail);
  follower.firstSeq ??= follower.cursor + 1;
}

function cursorOf({ cursor, options }: Follower): number {
  return cursor ?? options.after ?? 0;
}

/** Where all of them get what they need: after the earliest cursor, or, while none has one, at the longest tail. */
function findAttachPoint(followers: ReadonlySet<Follower>): AttachPoint {
  const cursors = Array.from(followers, ({ cursor }) => cursor).filter((cursor) => cursor !== undefined);
  if (cursors.length > 0) return { after: Math.min(...cursors) };
  const options = Array.from(followers, (follower) => follower.options);
  return {
    after: Math.min(...options.map(({ after = 0 }) => after)),
    tail: Math.max(...options.map(({ tail = 0 }) => tail)),
  };
}

function toShorterJournalError(sessionId: string, cursor: number): ClientError {
  return new ClientError('invalid_request_error', `Session ${sessionId} ends before event ${cursor}; load it anew.`);
}
