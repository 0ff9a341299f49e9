import type { Outgoing } from '../lib/outgoing.ts';
import type { PushSubscription } from '../store/push-subscriptions.ts';
import type { VapidKeys } from './vapid-keys.ts';

/** `gone`: the push service knows the subscription no more. `failed`: it may know it again. */
export type PushOutcome = 'sent' | 'gone' | 'failed';

/** `approvals`: a tool call waits for an answer. `schedules`: a deployment of the person fails, or was paused for that. */
export type PushKind = 'approvals' | 'schedules';

export interface PushSender {
  /** Sends the message of this kind; there is one of each. Resolves in any case, in about ten seconds at most. */
  send(subscription: PushSubscription, kind: PushKind): Promise<PushOutcome>;
}

export interface PushSenderDeps {
  keys: VapidKeys;
  /** Whom a push service may turn to: an https URL or `mailto:`. */
  subject: string;
  outgoing: Pick<Outgoing, 'post'>;
  onFailed(reason: { err?: unknown; status?: number }): void;
}

/** How long a push service keeps it for a device that is off. */
const LIFE_SECONDS = 24 * 60 * 60;
/** Whether it may wake a device that saves its battery (RFC 8030, 5.3). Nobody waits for the owner of a schedule. */
const URGENCY = { approvals: 'high', schedules: 'normal' } as const satisfies Record<PushKind, string>;

export function createPushSender({ keys, subject, outgoing, onFailed }: PushSenderDeps): PushSender {
  return {
    async send({ endpoint, keys: browser }, kind) {
      try {
        // Loaded only where somebody wants push messages.
        const { default: webPush } = await import('web-push');
        // Only its kind: it is encrypted, and push services see its length. Apple's takes no message without content.
        const content = JSON.stringify({ type: kind });
        const request = webPush.generateRequestDetails({ endpoint, keys: browser }, content, {
          ...{ vapidDetails: { subject, ...keys }, contentEncoding: 'aes128gcm', TTL: LIFE_SECONDS },
          urgency: URGENCY[kind],
          // A newer message takes the place of one of its kind that is not delivered yet.
          topic: kind,
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
