import { z } from 'zod';
import type { BetaManagedAgentsSession } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';

import { permissionMode, type PermissionMode } from './permission-mode.ts';
import type { StopReason } from './session-events.ts';

/** A session in the shape of the Managed Agents API, with what the platform adds. */
export type SessionResource = BetaManagedAgentsSession & {
  /** The model's id, or `default` for the platform's choice. */
  model: string;
  permission_mode: PermissionMode;
  /** Why the session is idle; null before the first turn and while it runs. */
  stop_reason: StopReason | null;
  /** ISO 8601, or null. */
  pinned_at: string | null;
  parent_session_id: string | null;
  /** The newest `seq` in the journal. */
  last_seq: number;
  /** Whether an agent process serves the session now. */
  process: 'none' | 'starting' | 'live';
  /** Cost of the session so far, in US dollars. */
  cost_usd: number;
};

const title = z.string().trim().min(1).max(200);
const metadata = z.record(z.string().max(64), z.string().max(512));

/** The `session` of `session.create`, and the body of POST /v1/sessions. */
export const sessionCreateParams = z.object({
  title: title.nullish(),
  model: z.string().min(1).max(200).optional(),
  permission_mode: permissionMode.optional(),
  agent: z
    .union([
      z.string().min(1),
      z.object({ type: z.literal('agent'), id: z.string().min(1), version: z.number().int().positive().optional() }),
    ])
    .optional(),
  environment_id: z.string().min(1).optional(),
  metadata: metadata.optional(),
});
export type SessionCreateParams = z.infer<typeof sessionCreateParams>;

/** What `session.update` and POST /v1/sessions/{id} may change. */
export const sessionUpdateParams = z.object({
  title: title.nullish(),
  model: z.string().min(1).max(200).optional(),
  permission_mode: permissionMode.optional(),
  metadata: z.record(z.string().max(64), z.string().max(512).nullable()).optional(),
  pinned: z.boolean().optional(),
});
export type SessionUpdateParams = z.infer<typeof sessionUpdateParams>;
