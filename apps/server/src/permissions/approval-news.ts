import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { PushNudges } from '../push/push-nudges.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { ApprovalRequest } from './pending-approvals.ts';

/** Tells the webhook, and people who have no page open, of tool calls that wait for approval. */
export interface ApprovalNews {
  /** Stores what the webhook is told, with the requests. */
  store(requests: readonly ApprovalRequest[], transaction: StoreTransaction): Promise<void>;
  /** Sends it, when the requests are stored. Waits for nothing and does not throw. */
  notePublished(sessionId: string, events: readonly SessionEvent[]): void;
}

export function createApprovalNews(deps: {
  webhook: Pick<Webhook, 'put' | 'wake'>;
  push: Pick<PushNudges, 'nudge'>;
}): ApprovalNews {
  const { webhook, push } = deps;
  return {
    async store(requests, transaction) {
      for (const { sessionId, eventId, toolName, plugin, requestedAtMs, expiresAtMs } of requests) {
        const data = {
          ...{ id: sessionId, event_id: eventId, tool_name: toolName, plugin: plugin?.name ?? null },
          ...{ requested_at: new Date(requestedAtMs).toISOString() },
          expires_at: new Date(expiresAtMs).toISOString(),
        };
        await webhook.put({ type: 'session.requires_action', data, expiresAtMs }, transaction);
      }
    },
    notePublished(sessionId, events) {
      for (const { type } of events) {
        if (type === 'session.approval_requested') {
          webhook.wake();
          push.nudge(sessionId, 'people');
        } else if (type === 'session.approval_handed_over') push.nudge(sessionId, 'operators');
      }
    },
  };
}
