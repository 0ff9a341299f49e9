import { createId } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Outgoing } from '../lib/outgoing.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createWebhookSender } from './webhook-sender.ts';

/** What the platform tells the webhook. */
export interface WebhookNews {
  /** As in the webhooks of the Managed Agents API where they have it, such as `session.requires_action`. */
  type: string;
  /** Ids, names and times; no text of people or agents and no input of tools. */
  data: Readonly<Record<string, string | number | null>>;
  /** From then on nobody wants it: milliseconds since the epoch. */
  expiresAtMs: number;
}

/** The one receiver outside of the platform that is told of what waits for people. */
export interface Webhook {
  /**
   * Stores the message with what it tells of. Nothing is stored without a webhook, or when 10,000 messages wait. Call
   * `wake` after the commit.
   */
  put(news: WebhookNews, transaction: Pick<StoreTransaction, 'webhookMessages'>): Promise<void>;
  /** Sends what is stored, in the background. */
  wake(): void;
  close(): Promise<void>;
}

export interface WebhookDeps {
  url: string;
  /** The newest first; a message is signed with each. */
  secrets: readonly string[];
  store: Pick<Store, 'webhookMessages'>;
  outgoing: Pick<Outgoing, 'post'>;
  clock: Clock;
  logger: Pick<Logger, 'warn'>;
  onDone(outcome: 'confirmed' | 'expired' | 'dropped'): void;
  /** Absent where no traces are made. */
  tracing?: Tracing | undefined;
}

const MAX_WAITING = 10_000;

/** Without a configured URL. */
export const NO_WEBHOOK: Webhook = { put: async () => undefined, wake: () => undefined, close: async () => undefined };

export function createWebhook({ store, ...deps }: WebhookDeps): Webhook {
  const sender = createWebhookSender({ ...deps, messages: store.webhookMessages });
  return {
    async put({ type, data, expiresAtMs }, { webhookMessages }) {
      if ((await webhookMessages.count()) >= MAX_WAITING) return deps.onDone('dropped');
      const nowMs = deps.clock.now();
      await webhookMessages.put({
        ...{ id: createId('wevt', nowMs), type, data },
        ...{ createdAt: new Date(nowMs).toISOString(), expiresAt: new Date(expiresAtMs).toISOString() },
      });
    },
    wake: () => void sender.wake(),
    close: () => sender.close(),
  };
}
