import { permissionMode, type SessionEvent, type SessionResource } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { agentFields } from './agent-schema.ts';
import { answer, id } from './zod-schemas.ts';

export const sessionParams = z.object({ session_id: id });

export const sessionStatus = z.enum(['idle', 'running', 'rescheduling', 'terminated']);

/** A session as clients see it. */
export const sessionResource = answer<SessionResource>(
  z.object({
    type: z.literal('session'),
    id: z.string(),
    title: z.string().nullable(),
    status: sessionStatus,
    stop_reason: z.object({ type: z.string(), event_ids: z.array(z.string()).optional() }).nullable(),
    model: z.string(),
    permission_mode: permissionMode,
    agent: z.object(agentFields),
    environment_id: z.string(),
    metadata: z.record(z.string(), z.string()),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    archived_at: z.iso.datetime().nullable(),
    pinned_at: z.iso.datetime().nullable(),
    parent_session_id: z.string().nullable(),
    last_seq: z.number(),
    process: z.enum(['none', 'starting', 'live']),
    cost_usd: z.number(),
    budget: z.null(),
    outcome_evaluations: z.array(z.unknown()).max(0),
    resources: z.array(z.unknown()).max(0),
    vault_ids: z.array(z.string()).max(0),
    stats: z.object({ active_seconds: z.number() }),
    usage: z.object({
      input_tokens: z.number(),
      output_tokens: z.number(),
      cache_read_input_tokens: z.number(),
      active_seconds: z.number(),
    }),
  }),
);

/** An event of a session: the fields beside these depend on `type`, see docs/reference/events.md. */
export const sessionEvent = answer<SessionEvent>(z.looseObject({ id: z.string(), type: z.string() }));

/** An event as a list gives it. */
export const listedEvent = answer<SessionEvent & { seq: number }>(
  z.looseObject({ id: z.string(), type: z.string(), seq: z.number() }),
);
