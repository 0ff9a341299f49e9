import { z } from 'zod';
import type { BetaManagedAgentsSession } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';

import { permissionMode, type PermissionMode } from './permission-mode.ts';
import type { SharedWithMe } from './session-share.ts';
import type { StopReason } from './session-events.ts';
import { userMessageParams } from './user-events.ts';
import { sessionAgent, sessionAgentUpdate } from './v1/agent-resource.ts';
import { budgetLimit } from './v1/budget-limit.ts';
import { metadata, metadataPatch } from './v1/metadata.ts';
import { sessionResourcesParams, type SessionResourceItem } from './v1/session-resources.ts';
import { vaultIds } from './v1/vault-resource.ts';
import { unsupported } from './v1/unsupported.ts';

/** A session in the shape of the Managed Agents API, with what the platform adds. */
export type SessionResource = Omit<BetaManagedAgentsSession, 'resources'> & {
  /** What is mounted into its workspace. */
  resources: SessionResourceItem[];
  /** The model's id, or `default` for the model that the server chooses. */
  model: string;
  permission_mode: PermissionMode;
  /** Why the session is idle; null before the first turn and while it runs. */
  stop_reason: StopReason | null;
  /** ISO 8601, or null. */
  pinned_at: string | null;
  parent_session_id: string | null;
  /** The newest `seq` in the journal. */
  last_seq: number;
  /** Whether the session has an agent process now. */
  process: 'none' | 'queued' | 'starting' | 'live';
  /** Cost of the session so far, in US dollars. */
  cost_usd: number;
  /** Only in sessions of others: whose it is, and what the caller may do with it. */
  shared?: SharedWithMe;
  /** Only in lists of one's own sessions, and when it changes: with how many people it is shared. */
  share_count?: number;
};

const title = z.string().trim().min(1).max(200);
const MAX_INITIAL_EVENTS = 50;

/** The `session` of `session.create`, and the body of POST /v1/sessions. */
export const sessionCreateParams = z.object({
  title: title.nullish(),
  model: z.string().min(1).max(200).optional(),
  permission_mode: permissionMode.optional(),
  agent: sessionAgent.optional(),
  environment_id: z.string().min(1).optional(),
  metadata: metadata.optional(),
  /** Sent as soon as the session exists. */
  initial_events: z
    .array(z.discriminatedUnion('type', [userMessageParams]))
    .max(MAX_INITIAL_EVENTS)
    .optional(),
  /** What its model calls may cost. */
  budget: budgetLimit.nullish(),
  /** What is mounted into its workspace. */
  resources: sessionResourcesParams.nullish(),
  /** Of the owner; their credentials are for the session's MCP servers. */
  vault_ids: vaultIds.nullish(),
});
export type SessionCreateParams = z.infer<typeof sessionCreateParams>;

/** What `session.update` and POST /v1/sessions/{id} may change. */
export const sessionUpdateParams = z.object({
  title: title.nullish(),
  model: z.string().min(1).max(200).optional(),
  permission_mode: permissionMode.optional(),
  metadata: metadataPatch.nullish(),
  pinned: z.boolean().optional(),
  /** Replaces tools and MCP servers, from the next process on. */
  agent: sessionAgentUpdate.optional(),
  /** Another limit for a session that was made with one; null removes it. */
  budget: budgetLimit.nullish(),
  vault_ids: unsupported(),
});
export type SessionUpdateParams = z.infer<typeof sessionUpdateParams>;
