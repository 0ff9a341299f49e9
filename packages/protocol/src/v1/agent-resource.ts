import type { BetaManagedAgentsAgent } from '@anthropic-ai/sdk/resources/beta/agents/agents';
import { z } from 'zod';

import { agentSkills } from './agent-skills.ts';
import { agentTools, mcpServers } from './agent-tools.ts';
import { metadata, metadataPatch } from './metadata.ts';
import { unsupported } from './unsupported.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const modelId = z.string().trim().min(1).max(200);
const effortLevel = z.enum(EFFORTS);

/** A model's id, or `default` for the platform's choice; or an object with the id and the effort of each call. */
export const agentModel = z.union([
  modelId,
  z.strictObject({
    id: modelId,
    effort: z.union([effortLevel, z.strictObject({ type: effortLevel })]).nullish(),
    inference_geo: unsupported(),
    speed: z.literal('standard', { error: 'only standard is supported by this server' }).nullish(),
  }),
]);
export type AgentModelParams = z.infer<typeof agentModel>;

const name = z.string().trim().min(1).max(256);
const description = z.string().max(2048).nullish();
const systemPrompt = z.string().max(100_000).nullish();
const executionIdentity = z
  .strictObject({ type: z.literal('service_account', { error: 'only service_account is supported by this server' }) })
  .nullish();

/** Ours: who may see and use an agent besides its owner. */
export const definitionScope = z.enum(['account', 'organization']);

/** Ours: what happens when a text that an agent reads looks like an attack on it. */
export const promptGuardMode = z.enum(['off', 'flag', 'ask', 'block']);
export type PromptGuardMode = z.infer<typeof promptGuardMode>;

/**
 * Ours: whether the model searches the tools of MCP servers instead of having all of them in every request. `auto`: where they are
 * many.
 */
export const toolSearchMode = z.enum(['auto', 'always', 'never']);
export type ToolSearchMode = z.infer<typeof toolSearchMode>;

/** An agent's settings besides its name; a session may override or replace each. */
const optional = {
  description,
  execution_identity: executionIdentity,
  multiagent: unsupported(),
  skills: agentSkills.nullish(),
  system: systemPrompt,
  scope: definitionScope.optional(),
  /** Ours: also Claude Code's tools for people: questions, to-do lists, plan mode, subagents. */
  interactive_tools: z.boolean().optional(),
  /** Ours; null for the platform's own setting. */
  prompt_guard: promptGuardMode.nullish(),
  /** Ours; null for the platform's own setting. */
  tool_search: toolSearchMode.nullish(),
  /** Ours: names of the plugins that its sessions get; null for all that are active. */
  plugins: z.array(z.string().min(1).max(64)).max(200).nullish(),
};

/** POST /v1/agents */
export const agentCreateParams = z.strictObject({
  name,
  model: agentModel,
  ...optional,
  mcp_servers: mcpServers.optional(),
  metadata: metadata.optional(),
  tools: agentTools.optional(),
});
export type AgentCreateParams = z.infer<typeof agentCreateParams>;

/** POST /v1/agents/{id}: a field that is left out does not change. */
export const agentUpdateParams = z.strictObject({
  name: name.optional(),
  model: agentModel.optional(),
  ...optional,
  mcp_servers: mcpServers.nullish(),
  metadata: metadataPatch.nullish(),
  tools: agentTools.nullish(),
  version: z.number().int().min(1).optional(),
});
export type AgentUpdateParams = z.infer<typeof agentUpdateParams>;

/** An agent in the shape of the Managed Agents API, with what the platform adds. */
export type AgentResource = BetaManagedAgentsAgent & {
  scope: z.infer<typeof definitionScope>;
  interactive_tools: boolean;
  prompt_guard: PromptGuardMode | null;
  tool_search: ToolSearchMode | null;
  plugins: string[] | null;
};

/** The agent of a new session: an id, an id with a version, or either with other settings for this session. */
export const sessionAgent = z.union([
  z.string().min(1),
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('agent'),
      id: z.string().min(1),
      version: z.number().int().min(1).optional(),
    }),
    z.strictObject({
      type: z.literal('agent_with_overrides'),
      id: z.string().min(1),
      version: z.number().int().min(1).optional(),
      mcp_servers: mcpServers.optional(),
      model: agentModel.optional(),
      skills: agentSkills.optional(),
      system: systemPrompt,
      tools: agentTools.optional(),
    }),
  ]),
]);
export type SessionAgentParams = z.infer<typeof sessionAgent>;

/** The agent settings that a session may change later. */
export const sessionAgentUpdate = z.strictObject({ mcp_servers: mcpServers.optional(), tools: agentTools.optional() });
export type SessionAgentUpdate = z.infer<typeof sessionAgentUpdate>;
