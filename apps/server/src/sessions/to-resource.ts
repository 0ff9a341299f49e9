import type { SessionResource } from '@claude-sdk-pattern/protocol';

import type { SessionAgent } from '../definitions/resolve-session.ts';
import type { Session } from '../store/sessions.ts';
import { toBudgetLimit } from './session-budget.ts';
import type { ProcessState } from '../processes/process-holder.ts';

/** A session as clients see it, in the shape of the Managed Agents API plus what the platform adds. */
export function toResource(session: Session, process: ProcessState): SessionResource {
  return {
    type: 'session',
    id: session.id,
    title: session.title,
    status: session.status,
    stop_reason: session.stopReason,
    model: session.model ?? readAgent(session)?.model.id ?? 'default',
    permission_mode: session.permissionMode,
    agent: toAgent(session),
    environment_id: session.environmentId,
    deployment_id: session.deploymentId,
    metadata: session.metadata,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    archived_at: session.archivedAt,
    pinned_at: session.pinnedAt,
    parent_session_id: session.parentSessionId,
    last_seq: session.lastSeq,
    process,
    cost_usd: session.usage.costUsd,
    budget: toBudgetLimit(session.budgetMicroUsd),
    outcome_evaluations: [],
    resources: session.resources,
    vault_ids: session.vaultIds,
    stats: { active_seconds: session.usage.activeSeconds },
    usage: {
      input_tokens: session.usage.inputTokens,
      output_tokens: session.usage.outputTokens,
      cache_read_input_tokens: session.usage.cacheReadTokens,
      active_seconds: session.usage.activeSeconds,
      // In cents as text, as the API writes money.
      list_cost: { amount: String(Math.round(session.usage.costUsd * 100)), currency: 'USD' },
    },
  };
}

function toAgent(session: Session): SessionResource['agent'] {
  const agent = readAgent(session);
  return {
    type: 'agent',
    id: session.agentId,
    version: session.agentVersion,
    name: agent?.name ?? 'Default agent',
    description: agent?.description ?? null,
    system: agent?.system ?? null,
    model: { ...agent?.model, id: session.model ?? agent?.model.id ?? 'default' },
    tools: agent?.tools ?? [],
    mcp_servers: agent?.mcpServers ?? [],
    skills: agent?.skills ?? [],
    multiagent: null,
    execution_identity: { type: 'service_account' },
  };
}

/** Null in sessions from before sessions stored their agent. This server wrote the value, so it is not checked. */
function readAgent(session: Session): SessionAgent | null {
  return session.agent as SessionAgent | null;
}
