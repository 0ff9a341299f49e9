import type { EventFrame, PresenceFrame, PreviewFrame } from '@claude-sdk-pattern/protocol';

import { ClientError } from './client-error.ts';
import { cursorOf, toBeginning, type AttachOptions, type Follower } from './follower.ts';
import { createSubscription, type Subscription, type SubscriptionDeps } from './subscription.ts';

export interface Attachment {
  readonly sessionId: string;
  /** The `seq` of the last delivered event, or the one after which the attachment begins. */
  readonly lastSeq: number;
  /**
   * The `seq` at which this attachment began; above 1 the journal has earlier events. Undefined until a `tail` is
   * attached.
   */
  readonly firstSeq: number | undefined;
  detach: () => void;
  [Symbol.dispose]: () => void;
}

export interface Subscriptions {
  attach: (sessionId: string, options: AttachOptions) => Attachment;
  receiveEvent: (frame: EventFrame) => void;
  receivePreview: (frame: PreviewFrame) => void;
  receivePresence: (frame: PresenceFrame) => void;
  /** The session was deleted; its followers get `not_found_error`. */
  deleted: (sessionId: string) => void;
  /** The session is not shared any more; its followers get `permission_error`. */
  unshared: (sessionId: string) => void;
  connected: () => void;
  disconnected: () => void;
  close: () => void;
}

/** Follows sessions: one subscription on the server for each session, for any number of followers here. */
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
    receivePresence: ({ session_id, people }) => subscriptions.get(session_id)?.receivePresence(people),
    deleted: (sessionId) =>
      subscriptions.get(sessionId)?.end(new ClientError('not_found_error', `Session ${sessionId} was deleted`)),
    unshared: (sessionId) =>
      subscriptions
        .get(sessionId)
        ?.end(new ClientError('permission_error', `Session ${sessionId} is not shared with you any more`)),
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
