import { CspError } from '@claude-sdk-pattern/protocol';
import type {
  McpServerParams,
  PromptGuardMode,
  ToolSearchMode,
  ResolvedToolset,
  SessionAgentParams,
  SessionAgentUpdate,
} from '@claude-sdk-pattern/protocol/v1';

import type { Actor } from '../identity/actor.ts';
import type { Definition } from '../store/definitions.ts';
import type { Store } from '../store/port.ts';
import { resolveAgentSkills, type AgentSkill, type SkillSources } from './agent-skills.ts';
import { readAgentDefinition, toAgentModel, type AgentModel } from './agent-definition.ts';
import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from './defaults.ts';
import { findPermitted } from './definition-service.ts';
import { assertConsistentTools, toResolvedToolset } from './resolve-tools.ts';

/** The agent as one session uses it: a version, with what the session overrides. Kept with the session as JSON. */
export interface SessionAgent {
  id: string;
  version: number;
  name: string;
  description: string | null;
  model: AgentModel;
  system: string | null;
  tools: ResolvedToolset[];
  mcpServers: McpServerParams[];
  interactiveTools: boolean;
  promptGuard?: PromptGuardMode | null;
  toolSearch?: ToolSearchMode | null;
  plugins?: string[] | null;
  skills?: AgentSkill[];
}

export interface SessionDefinition {
  agent: SessionAgent;
  environmentId: string;
}

/**
 * Finds the agent and environment of a new session; the defaults where it names none.
 * @throws CspError `not_found` for what the actor may not see, `invalid_request` for what is archived or does not
 * fit.
 */
export async function resolveSessionDefinition(
  { store, plugins }: SkillSources & { store: Pick<Store, 'agents' | 'environments' | 'skills'> },
  actor: Actor,
  params: { agent?: SessionAgentParams | undefined; environment_id?: string | undefined },
): Promise<SessionDefinition> {
  const wanted = typeof params.agent === 'string' ? { type: 'agent' as const, id: params.agent } : params.agent;
  const stored = await findPermitted(store.agents, actor, {
    action: 'agent.read',
    id: wanted?.id ?? DEFAULT_AGENT_ID,
    version: wanted?.version,
  });
  assertNotArchived(stored, 'agent');
  const environment = await findPermitted(store.environments, actor, {
    action: 'environment.read',
    id: params.environment_id ?? DEFAULT_ENVIRONMENT_ID,
  });
  assertNotArchived(environment, 'environment_id');
  const agent = toSessionAgent(stored);
  if (wanted?.type !== 'agent_with_overrides') return { agent, environmentId: environment.id };
  const overridden: SessionAgent = {
    ...updateSessionAgent(agent, wanted),
    ...(wanted.model !== undefined && { model: toAgentModel(wanted.model, agent.model) }),
    ...(wanted.system !== undefined && { system: wanted.system || null }),
    ...(wanted.skills !== undefined && {
      skills: await resolveAgentSkills({ store, plugins }, actor, {
        ...{ params: wanted.skills, had: agent.skills ?? [], plugins: agent.plugins ?? null },
      }),
    }),
  };
  return { agent: overridden, environmentId: environment.id };
}

/**
 * The agent of a session after a change of its tools or MCP servers.
 * @throws CspError `invalid_request`, also for a server with a secret that the agent does not have so already
 */
export function updateSessionAgent(agent: SessionAgent, params: SessionAgentUpdate): SessionAgent {
  const tools = params.tools?.map(toResolvedToolset) ?? agent.tools;
  const mcpServers = params.mcp_servers ?? agent.mcpServers;
  assertNoNewSecrets(mcpServers, agent.mcpServers);
  assertConsistentTools(tools, mcpServers);
  return { ...agent, tools, mcpServers };
}

/** A version of an agent as a session without overrides uses it. */
export function toSessionAgent(stored: Definition): SessionAgent {
  const { metadata: _, ...definition } = readAgentDefinition(stored);
  return { id: stored.id, version: stored.version, name: stored.name, ...definition };
}

/** Whether the server stands exactly so among the others. */
export function isAmong(server: McpServerParams, others: readonly McpServerParams[]): boolean {
  return others.some(({ name, url }) => name === server.name && url === server.url);
}

/** A session may name servers of its own, but not have secrets sent to them: those are the agent's. */
function assertNoNewSecrets(servers: readonly McpServerParams[], before: readonly McpServerParams[]): void {
  const index = servers.findIndex((server) => server.url.includes('${secret:') && !isAmong(server, before));
  if (index < 0) return;
  const field = `agent.mcp_servers.${index}.url`;
  throw new CspError('invalid_request', `${field} names a secret, which only the agent's own definition may`, {
    details: { field },
  });
}

function assertNotArchived(stored: Definition, field: string): void {
  if (stored.archivedAt === null) return;
  throw new CspError('invalid_request', `${stored.id} is archived and takes no new sessions`, { details: { field } });
}
