import type { EventFrame, PreviewFrame } from '@claude-sdk-pattern/protocol';

import { cursorOf, toBeginning, type AttachOptions, type Follower } from './follower.ts';
import { createSubscription, type Subscription, type SubscriptionDeps } from './subscription.ts';

export interface Attachment {
  readonly sessionId: string;
  /** The `seq` of the last event that was delivered, or after which the first one comes. */
  readonly lastSeq: number;
  /** The `seq` with which this attachment began: older events are in the journal when it is above 1. Undefined until a `tail` is attached. */
  readonly firstSeq: number | undefined;
  detach: () => void;
  [Symbol.dispose]: () => void;
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

/** Follows sessions: one subscription on the server for each session, however many followers it has here. */
export function createSubscriptions(deps: SubscriptionDeps): Subscriptions {
  const subscriptions = new Map<string, Subscription>();

  function subscriptionOf(sessionId: string): Subscription {
    const subscription = subscriptions.get(sessionId) ?? createSubscription(sessionId, deps);
    subscriptions.set(sessionId, subscription);
    return subscription;
  }

  return {
    attach(sessionId, options) {
      const follower: Follower = { ...toBeginning(options), options };
      const subscription = subscriptionOf(sessionId);
      subscription.add(follower);
      const detach = (): void => {
        if (subscription.remove(follower)) subscriptions.delete(sessionId);
      };
      return {
        sessionId,
        get lastSeq() {
          return cursorOf(follower);
        },
        get firstSeq() {
          return follower.firstSeq;
        },
        detach,
        [Symbol.dispose]: detach,
      };
    },
    receiveEvent: ({ session_id, event, seq }) => subscriptions.get(session_id)?.receiveEvent(event, seq),
    receivePreview: ({ session_id, event }) => subscriptions.get(session_id)?.receivePreview(event),
    deleted: (sessionId) => subscriptions.get(sessionId)?.end(),
    connected() {
      for (const subscription of subscriptions.values()) subscription.connected();
    },
    disconnected() {
      for (const subscription of subscriptions.values()) subscription.disconnected();
    },
    close() {
      for (const subscription of subscriptions.values()) subscription.close();
      subscriptions.clear();
    },
  };
}
