import type { BetaManagedAgentsDeploymentRun } from '@anthropic-ai/sdk/resources/beta/deployment-runs';
import type {
  BetaManagedAgentsDeployment,
  BetaManagedAgentsDeploymentPausedReason,
} from '@anthropic-ai/sdk/resources/beta/deployments';
import { z } from 'zod';

import { userMessageParams } from '../user-events.ts';
import { budgetLimit } from './budget-limit.ts';
import { metadata, metadataPatch } from './metadata.ts';
import { sessionResourcesParams } from './session-resources.ts';
import { vaultIds } from './vault-resource.ts';

export type DeploymentResource = BetaManagedAgentsDeployment & {
  /** Ours: whether its webhook is open. */
  has_webhook: boolean;
};
export type DeploymentPausedReason = BetaManagedAgentsDeploymentPausedReason;
export type DeploymentErrorType = NonNullable<BetaManagedAgentsDeploymentRun['error']>['type'];
export type DeploymentRunResource = BetaManagedAgentsDeploymentRun & {
  trigger_context: {
    /** Ours, of a run that a webhook started: the id that the sender gave to the delivery, or null; of `github` null, because it is not signed. */
    webhook?: { delivery_id: string | null };
  };
};

const MAX_INITIAL_EVENTS = 50;
const id = z.string().min(1).max(128);
const name = z.string().trim().min(1).max(255);
const description = z.string().max(2000);

const deployedAgent = z.union([
  id,
  z.strictObject({ type: z.literal('agent'), id, version: z.number().int().min(1).optional() }),
]);
const schedule = z
  .strictObject({
    type: z.literal('cron'),
    expression: z.string().min(1).max(200),
    timezone: z.string().min(1).max(100),
  })
  .meta({
    id: 'CronSchedule',
    description: 'Five fields of POSIX cron, by the clocks of a time zone of the IANA database.',
    examples: [{ type: 'cron', expression: '0 9 * * 1-5', timezone: 'Europe/Berlin' }],
  });
const initialEvents = z
  .array(z.discriminatedUnion('type', [userMessageParams]))
  .min(1)
  .max(MAX_INITIAL_EVENTS);

/** POST /v1/deployments */
export const deploymentCreateParams = z.strictObject({
  agent: deployedAgent.describe('A text pins the newest version.'),
  environment_id: id.optional().describe('Ours: it may be left out; the default serves.'),
  initial_events: initialEvents,
  name,
  budget: budgetLimit.nullish(),
  description: description.nullish(),
  metadata: metadata.optional(),
  resources: sessionResourcesParams.nullish(),
  schedule: schedule.nullish(),
  vault_ids: vaultIds.nullish(),
});
export type DeploymentCreateParams = z.infer<typeof deploymentCreateParams>;

/** POST /v1/deployments/{id}: a field that is left out does not change. */
export const deploymentUpdateParams = z.strictObject({
  agent: deployedAgent.optional(),
  environment_id: id.optional(),
  initial_events: initialEvents.optional(),
  name: name.optional(),
  budget: budgetLimit.nullish(),
  description: description.nullish(),
  metadata: metadataPatch.nullish(),
  resources: sessionResourcesParams.nullish(),
  schedule: schedule.nullish(),
  vault_ids: vaultIds.nullish(),
});
export type DeploymentUpdateParams = z.infer<typeof deploymentUpdateParams>;

/** A path into the body of a delivery: names and positions with dots between. */
const fieldPath = z
  .string()
  .max(200)
  .regex(/^[\w$@-]+(?:\.[\w$@-]+)*$/, 'takes names with dots between, such as pull_request.title');

/** PUT /api/v1/deployments/{id}/webhook */
export const incomingWebhookParams = z.strictObject({
  verification: z
    .enum(['github', 'standard', 'bearer', 'url'])
    .describe(
      '`github`: X-Hub-Signature-256; `standard`: a signature of Standard Webhooks; `bearer`: the secret in Authorization; `url`: the secret in the address, for senders that can do nothing else.',
    ),
  fields: z.array(fieldPath).max(50).optional().describe('What of the body the agent gets; by default all of it.'),
  session_id: id.nullish().describe('Sends to this session of yours, instead of creating one.'),
});
export type IncomingWebhookParams = z.infer<typeof incomingWebhookParams>;

export interface IncomingWebhookResource {
  type: 'incoming_webhook';
  deployment_id: string;
  /** Where to send to, below the address of the server. With `url` it lacks the secret. */
  path: string;
  verification: IncomingWebhookParams['verification'];
  fields: string[] | null;
  session_id: string | null;
  /** Only in the answer to the request that makes it. */
  secret?: string;
}
