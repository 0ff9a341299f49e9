import type { Clock } from '../lib/clock.ts';
import type { PushNudges } from '../push/push-nudges.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/**
 * Tells the operator's webhook of deployments and their runs, in the events that the Managed Agents API has for them, and owners of
 * deployments that fail.
 */
export interface TriggerNews {
  /** Stores the message with what it tells of. */
  putChange(
    action: `deployment.${string}`,
    deploymentId: string,
    transaction: Pick<StoreTransaction, 'webhookMessages'>,
  ): Promise<void>;
  putRun(
    outcome: 'succeeded' | 'failed',
    run: { id: string; deploymentId: string; sessionId: string | null },
    transaction: Pick<StoreTransaction, 'webhookMessages'>,
  ): Promise<void>;
  /** Wakes the browsers of the owner, whose deployment begins to fail or was paused for that. Call it after the commit. */
  tellOwner(ownerId: string): void;
  /** Sends what is stored, in the background. Call it after the commit. */
  wake(): void;
}

/** Names of `BetaWebhookEventData` in @anthropic-ai/sdk 1.14.0, by the action of the audit log. */
const CHANGES: Readonly<Record<string, string>> = {
  'deployment.create': 'deployment.created',
  'deployment.update': 'deployment.updated',
  'deployment.pause': 'deployment.paused',
  'deployment.unpause': 'deployment.unpaused',
  'deployment.archive': 'deployment.archived',
};
/** Later it tells nobody anything: the page has it. */
const WANTED_MS = 24 * 60 * 60_000;

export function createTriggerNews({
  webhook,
  push,
  clock,
}: {
  webhook: Pick<Webhook, 'put' | 'wake'>;
  push: Pick<PushNudges, 'nudgeOwner'>;
  clock: Clock;
}): TriggerNews {
  const put = (
    type: string,
    data: Record<string, string | null>,
    transaction: Pick<StoreTransaction, 'webhookMessages'>,
  ) => webhook.put({ type, data, expiresAtMs: clock.now() + WANTED_MS }, transaction);
  return {
    async putChange(action, id, transaction) {
      const type = CHANGES[action];
      if (type !== undefined) await put(type, { id }, transaction);
    },
    putRun: (outcome, { id, deploymentId, sessionId }, transaction) =>
      put(`deployment_run.${outcome}`, { id, deployment_id: deploymentId, session_id: sessionId }, transaction),
    tellOwner: (ownerId) => push.nudgeOwner(ownerId),
    wake: () => webhook.wake(),
  };
}
