import type {
  AgentCreateParams,
  AgentModelParams,
  AgentResource,
  AgentUpdateParams,
  McpServerParams,
  PromptGuardMode,
  ToolSearchMode,
  ResolvedToolset,
} from '@claude-sdk-pattern/protocol/v1';

import type { Definition } from '../store/definitions.ts';
import type { AgentSkill } from './agent-skills.ts';
import { mergeMetadata } from './merge-metadata.ts';
import { assertConsistentTools, toResolvedToolset } from './resolve-tools.ts';

export type AgentModel = AgentResource['model'];

/** What a version of an agent says; kept as JSON. */
export interface AgentDefinition {
  description: string | null;
  model: AgentModel;
  system: string | null;
  tools: ResolvedToolset[];
  mcpServers: McpServerParams[];
  metadata: Record<string, string>;
  /** Also the tools that Claude Code has for people: questions, to-do lists, plan mode, subagents. */
  interactiveTools: boolean;
  /** Absent or null for the platform's own setting. */
  promptGuard?: PromptGuardMode | null;
  /** Absent or null for the platform's own setting. */
  toolSearch?: ToolSearchMode | null;
  /** Names of the plugins that it takes. Absent or null for all that are active. */
  plugins?: string[] | null;
  /** Absent for none. */
  skills?: AgentSkill[];
}

/** @throws CspError `invalid_request` when tools and MCP servers do not fit each other. */
export function toAgentDefinition(params: AgentCreateParams): AgentDefinition {
  const { tools = [], mcp_servers: mcpServers = [] } = params;
  assertConsistentTools(tools, mcpServers);
  return {
    description: params.description || null,
    model: toAgentModel(params.model),
    system: params.system || null,
    tools: tools.map(toResolvedToolset),
    mcpServers,
    metadata: params.metadata ?? {},
    interactiveTools: params.interactive_tools ?? false,
    promptGuard: params.prompt_guard ?? null,
    toolSearch: params.tool_search ?? null,
    plugins: params.plugins ?? null,
  };
}

/**
 * The definition after a change. An absent field stays; null and empty values clear it.
 * @throws CspError `invalid_request`
 */
export function updateAgentDefinition(current: AgentDefinition, params: AgentUpdateParams): AgentDefinition {
  const next: AgentDefinition = {
    description: params.description === undefined ? current.description : params.description || null,
    model: params.model === undefined ? current.model : toAgentModel(params.model, current.model),
    system: params.system === undefined ? current.system : params.system || null,
    tools: params.tools === undefined ? current.tools : (params.tools ?? []).map(toResolvedToolset),
    mcpServers: params.mcp_servers === undefined ? current.mcpServers : (params.mcp_servers ?? []),
    metadata: mergeMetadata(current.metadata, params.metadata),
    interactiveTools: params.interactive_tools ?? current.interactiveTools,
    promptGuard: params.prompt_guard === undefined ? (current.promptGuard ?? null) : params.prompt_guard,
    toolSearch: params.tool_search === undefined ? (current.toolSearch ?? null) : params.tool_search,
    plugins: params.plugins === undefined ? (current.plugins ?? null) : params.plugins,
    ...(current.skills && { skills: current.skills }),
  };
  assertConsistentTools(next.tools, next.mcpServers);
  return next;
}

/** The model as the API stores it: an effort that a changed model object leaves out stays. */
export function toAgentModel(params: AgentModelParams, current?: AgentModel): AgentModel {
  if (typeof params === 'string') return { id: params };
  const level = typeof params.effort === 'object' ? params.effort?.type : params.effort;
  const effort = params.effort === undefined ? current?.effort : level && { type: level };
  return { id: params.id, ...(effort && { effort }) };
}

/** The content of a stored agent; this server wrote it itself. */
export function readAgentDefinition(stored: Definition): AgentDefinition {
  return stored.definition as AgentDefinition;
}

/** An agent as clients see it. */
export function toAgentResource(stored: Definition): AgentResource {
  const definition = readAgentDefinition(stored);
  return {
    type: 'agent',
    id: stored.id,
    version: stored.version,
    name: stored.name,
    description: definition.description,
    model: definition.model,
    system: definition.system,
    tools: definition.tools,
    mcp_servers: definition.mcpServers,
    metadata: definition.metadata,
    skills: definition.skills ?? [],
    multiagent: null,
    execution_identity: { type: 'service_account' },
    scope: stored.scope,
    interactive_tools: definition.interactiveTools,
    prompt_guard: definition.promptGuard ?? null,
    tool_search: definition.toolSearch ?? null,
    plugins: definition.plugins ?? null,
    created_at: stored.firstCreatedAt,
    updated_at: stored.createdAt,
    archived_at: stored.archivedAt,
  };
}
