import type { Outgoing } from '../lib/outgoing.ts';
import type { PushSubscription } from '../store/push-subscriptions.ts';
import type { VapidKeys } from './vapid-keys.ts';

/** `gone`: the push service knows the subscription no more. `failed`: it may know it again. */
export type PushOutcome = 'sent' | 'gone' | 'failed';

export interface PushSender {
  /** Sends the one message that there is. Resolves in any case, in about ten seconds at most. */
  send(subscription: PushSubscription): Promise<PushOutcome>;
}

export interface PushSenderDeps {
  keys: VapidKeys;
  /** Whom a push service may turn to: an https URL or `mailto:`. */
  subject: string;
  outgoing: Pick<Outgoing, 'post'>;
  onFailed(reason: { err?: unknown; status?: number }): void;
}

/**
 * Only what kind of message it is. It is encrypted, and push services see its length. Apple's takes no message without
 * content.
 */
const NUDGE = JSON.stringify({ type: 'approvals' });
/** How long a push service keeps it for a device that is off. */
const LIFE_SECONDS = 24 * 60 * 60;

export function createPushSender({ keys, subject, outgoing, onFailed }: PushSenderDeps): PushSender {
  return {
    async send({ endpoint, keys: browser }) {
      try {
        // Loaded only where somebody wants push messages.
        const { default: webPush } = await import('web-push');
        const request = webPush.generateRequestDetails({ endpoint, keys: browser }, NUDGE, {
          ...{ vapidDetails: { subject, ...keys }, contentEncoding: 'aes128gcm', TTL: LIFE_SECONDS, urgency: 'high' },
          // A newer message takes the place of one that is not delivered yet.
          topic: 'approvals',
        });
        const { status } = await outgoing.post({ url: endpoint, headers: request.headers, body: request.body ?? '' });
        if (status >= 200 && status < 300) return 'sent';
        if (status === 404 || status === 410) return 'gone';
        onFailed({ status });
      } catch (error) {
        onFailed({ err: error });
      }
      return 'failed';
    },
  };
}
