import type {
  DeploymentPausedReason,
  DeploymentResource,
  DeploymentRunResource,
  IncomingWebhookParams,
} from '@claude-sdk-pattern/protocol/v1';
import type { SessionCreateParams, UserMessageParams } from '@claude-sdk-pattern/protocol';

import type { StoredRun } from '../store/deployment-runs.ts';
import type { StoredDeployment } from '../store/deployments.ts';
import { findOccurrences, type Schedule } from './cron/occurrences.ts';
import type { DeploymentMount } from './deployment-repositories.ts';

/** What a deployment has besides the columns of its row, kept as JSON. This server wrote it, so it is not checked. */
export interface DeploymentContent {
  description: string | null;
  metadata: Record<string, string>;
  initialEvents: UserMessageParams[];
  vaultIds: string[];
  /** Missing where the row is from before deployments had them. */
  resources?: DeploymentMount[];
  budget: NonNullable<SessionCreateParams['budget']> | null;
  schedule: Schedule | null;
  /** How deliveries from outside are verified and what becomes of them; null while the webhook is closed. */
  webhook: {
    verification: IncomingWebhookParams['verification'];
    fields: string[] | null;
    sessionId: string | null;
  } | null;
}

export type Deployment = Omit<StoredDeployment, 'content' | 'pausedReason'> & {
  content: DeploymentContent;
  pausedReason: DeploymentPausedReason | null;
};

/** As many as the Managed Agents API tells. */
const UPCOMING = 5;

export function toDeployment(stored: StoredDeployment): Deployment {
  return stored as Deployment;
}

/** Whether its schedule and its webhook may start something. */
export function isActive({ pausedReason, archivedAt }: Deployment): boolean {
  return pausedReason === null && archivedAt === null;
}

/** When its schedule is due next, for its row; null while it may not run by itself. */
export function findNextRun(
  deployment: Pick<Deployment, 'content' | 'pausedReason' | 'archivedAt'>,
  nowMs: number,
): string | null {
  const { content, pausedReason, archivedAt } = deployment;
  if (content.schedule === null || pausedReason !== null || archivedAt !== null) return null;
  const [next] = findOccurrences(content.schedule, nowMs, 1);
  return next === undefined ? null : new Date(next).toISOString();
}

/** In the shape of the Managed Agents API. */
export function toDeploymentResource(deployment: Deployment, nowMs: number): DeploymentResource {
  const { content, pausedReason, archivedAt } = deployment;
  return {
    ...{ type: 'deployment', id: deployment.id, name: deployment.name, description: content.description },
    agent: { type: 'agent', id: deployment.agentId, version: deployment.agentVersion },
    environment_id: deployment.environmentId,
    initial_events: content.initialEvents as DeploymentResource['initial_events'],
    ...{ metadata: content.metadata, vault_ids: content.vaultIds, budget: content.budget },
    resources: (content.resources ?? []) as DeploymentResource['resources'],
    schedule: content.schedule && {
      ...{ type: 'cron', ...content.schedule, last_run_at: deployment.lastRunAt },
      upcoming_runs_at: archivedAt === null ? listUpcoming(content.schedule, nowMs) : [],
    },
    // An archived one reads as active, as in the official API.
    status: pausedReason === null || archivedAt !== null ? 'active' : 'paused',
    paused_reason: archivedAt === null ? pausedReason : null,
    has_webhook: content.webhook !== null,
    ...{ created_at: deployment.createdAt, updated_at: deployment.updatedAt, archived_at: archivedAt },
  };
}

export function toRunResource(run: StoredRun): DeploymentRunResource {
  return {
    ...{ type: 'deployment_run', id: run.id, deployment_id: run.deploymentId, created_at: run.createdAt },
    agent: { type: 'agent', id: run.agentId, version: run.agentVersion },
    error: run.error as DeploymentRunResource['error'],
    session_id: run.sessionId,
    trigger_context: toTriggerContext(run),
  };
}

/** What a schedule, a request and a delivery are recognised by. */
export const toTriggerKey = {
  schedule: (scheduledAt: string) => `schedule ${scheduledAt}`,
  manual: (requestId: string) => `manual ${requestId}`,
  /** @param deliveryId as the sender names it; null where it names none */
  webhook: (uniqueId: string, deliveryId: string | null) =>
    deliveryId === null ? `webhook ${uniqueId}` : `webhook ${uniqueId} ${deliveryId}`,
};

function toTriggerContext({ triggerType, triggerKey }: StoredRun): DeploymentRunResource['trigger_context'] {
  const [, unique = '', deliveryId] = triggerKey.split(' ');
  if (triggerType === 'schedule') return { type: 'schedule', scheduled_at: unique };
  // A type that the official API lacks would be none to stock clients.
  return triggerType === 'manual'
    ? { type: 'manual' }
    : { type: 'manual', webhook: { delivery_id: deliveryId ?? null } };
}

/** The next five times. @throws CspError `invalid_request` for a schedule that cannot be read */
export function listUpcoming(schedule: Schedule, nowMs: number): string[] {
  return findOccurrences(schedule, nowMs, UPCOMING).map((ms) => new Date(ms).toISOString());
}
