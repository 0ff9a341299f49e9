import type { DeploymentResource, DeploymentRunResource } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';

const agent = z.object({ type: z.literal('agent'), id: z.string(), version: z.number().int() });
const time = z.iso.datetime();

export const deploymentResource = answer<DeploymentResource>(
  z
    .object({
      type: z.literal('deployment'),
      id: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      agent,
      environment_id: z.string(),
      initial_events: z.array(z.looseObject({ type: z.literal('user.message') })),
      metadata: z.record(z.string(), z.string()),
      resources: z.array(z.unknown()),
      vault_ids: z.array(z.string()),
      budget: z.looseObject({ type: z.literal('limit') }).nullable(),
      schedule: z
        .object({
          type: z.literal('cron'),
          expression: z.string(),
          timezone: z.string(),
          last_run_at: time.nullable(),
          upcoming_runs_at: z.array(time).describe('The next five times.'),
        })
        .nullable(),
      status: z.enum(['active', 'paused']),
      paused_reason: z
        .object({
          type: z.enum(['manual', 'error']),
          error: z.object({ type: z.string() }).optional().describe('With `error`: why its runs failed.'),
        })
        .nullable(),
      has_webhook: z.boolean().describe('Ours: whether its webhook is open.'),
      created_at: time,
      updated_at: time,
      archived_at: time.nullable(),
    })
    .meta({ id: 'Deployment', description: 'An agent with all that it needs to work by itself.' }),
);

export const deploymentRunResource = answer<DeploymentRunResource>(
  z
    .object({
      type: z.literal('deployment_run'),
      id: z.string(),
      deployment_id: z.string(),
      agent,
      session_id: z.string().nullable(),
      error: z.object({ type: z.string(), message: z.string() }).nullable(),
      trigger_context: z.object({
        type: z.enum(['schedule', 'manual']),
        scheduled_at: time.optional().describe('With `schedule`: when it was due.'),
        webhook: z
          .object({ delivery_id: z.string().nullable() })
          .optional()
          .describe('Ours, of a run that a webhook started.'),
      }),
      created_at: time,
    })
    .meta({ id: 'DeploymentRun', description: 'What came of one run: a session, or why there is none.' }),
);
