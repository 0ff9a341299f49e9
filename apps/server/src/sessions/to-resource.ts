import type { SessionResource } from '@claude-sdk-pattern/protocol';

import type { Session } from '../store/sessions.ts';

export type ProcessState = SessionResource['process'];

/** A session as clients see it, in the shape of the Managed Agents API plus what the platform adds. */
export function toResource(session: Session, process: ProcessState): SessionResource {
  return {
    type: 'session',
    id: session.id,
    title: session.title,
    status: session.status,
    stop_reason: session.stopReason,
    model: session.model ?? 'default',
    permission_mode: session.permissionMode,
    agent: {
      type: 'agent',
      id: session.agentId,
      version: session.agentVersion,
      name: 'Default agent',
      description: null,
      system: null,
      model: { id: session.model ?? 'default' },
      tools: [],
      mcp_servers: [],
      skills: [],
      multiagent: null,
      execution_identity: { type: 'service_account' },
    },
    environment_id: session.environmentId,
    metadata: session.metadata,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    archived_at: session.archivedAt,
    pinned_at: session.pinnedAt,
    parent_session_id: session.parentSessionId,
    last_seq: session.lastSeq,
    process,
    cost_usd: session.usage.costUsd,
    budget: null,
    outcome_evaluations: [],
    resources: [],
    vault_ids: [],
    stats: { active_seconds: session.usage.activeSeconds },
    usage: {
      input_tokens: session.usage.inputTokens,
      output_tokens: session.usage.outputTokens,
      cache_read_input_tokens: session.usage.cacheReadTokens,
      active_seconds: session.usage.activeSeconds,
    },
  };
}
