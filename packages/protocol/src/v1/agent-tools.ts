import type {
  BetaManagedAgentsAgentToolset20260401,
  BetaManagedAgentsCustomTool,
  BetaManagedAgentsMCPToolset,
} from '@anthropic-ai/sdk/resources/beta/agents/agents';
import { z } from 'zod';

import { UNSUPPORTED, unsupported } from './unsupported.ts';

/** The tools of `agent_toolset_20260401`. */
export const AGENT_TOOL_NAMES = ['bash', 'edit', 'read', 'write', 'glob', 'grep', 'web_fetch', 'web_search'] as const;
export type AgentToolName = (typeof AGENT_TOOL_NAMES)[number];

/**
 * When a tool runs: `always_allow` without asking, `always_ask` after a person has allowed the call, `auto` as the
 * session's permission mode decides for each call.
 */
export const permissionPolicy = z.object({ type: z.enum(['always_allow', 'always_ask', 'auto']) }).meta({
  id: 'PermissionPolicy',
  description:
    'When a tool runs: `always_allow` without asking, `always_ask` after a person said yes, `auto` as the permission mode of the session decides.',
});
export type PermissionPolicy = z.infer<typeof permissionPolicy>;

const toolSettings = { enabled: z.boolean().nullish(), permission_policy: permissionPolicy.nullish() };
const defaultConfig = z.strictObject(toolSettings);

const agentToolConfig = z.strictObject({
  name: z.enum(AGENT_TOOL_NAMES),
  type: z.enum(AGENT_TOOL_NAMES).optional(),
  ...toolSettings,
  allowed_domains: unsupported(),
  blocked_domains: unsupported(),
  max_content_tokens: unsupported(),
  url_sources: unsupported(),
  user_location: unsupported(),
});

const agentToolset = z.strictObject({
  type: z.literal('agent_toolset_20260401'),
  configs: z.array(agentToolConfig).max(AGENT_TOOL_NAMES.length).optional(),
  default_config: defaultConfig.nullish(),
});

const mcpToolset = z.strictObject({
  type: z.literal('mcp_toolset'),
  mcp_server_name: z.string().min(1).max(64),
  configs: z
    .array(z.strictObject({ name: z.string().min(1).max(128), ...toolSettings }))
    .max(256)
    .optional(),
  default_config: defaultConfig.nullish(),
});

/**
 * A tool that a program of the client runs. The limits of name and number are those of the Managed Agents API; Claude Code
 * (2.1.332) shows the model no more of a description.
 */
const customTool = z.strictObject({
  type: z.literal('custom'),
  name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'takes letters, digits, _ and -, 1 to 128 characters'),
  description: z.string().min(1).max(2048),
  input_schema: z.looseObject({
    type: z.literal('object'),
    properties: z.record(z.string(), z.unknown()).nullish(),
    required: z.array(z.string()).nullish(),
  }),
});

/** A toolset as a client sends it; the server's `toResolvedToolset` adds the missing settings. */
export const agentTool = z
  .discriminatedUnion('type', [agentToolset, mcpToolset, customTool], {
    error: ({ code }) =>
      code === 'invalid_union' ? 'this server supports agent_toolset_20260401, mcp_toolset and custom' : undefined,
  })
  .meta({
    id: 'AgentTool',
    description: 'A set of tools, and when they may run, or a tool of the client. What is left out has its default.',
  });
export type AgentToolParams = z.infer<typeof agentTool>;

export const agentTools = z.array(agentTool).max(256);

/** An MCP server with an HTTP address. */
export const mcpServer = z
  .strictObject({
    type: z.literal('url'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'takes letters, digits, - and _, at most 64')
      // `mcp__SERVER__TOOL` must be unambiguous.
      .refine((name) => !name.includes('__'), 'must not hold __'),
    url: z.url({ protocol: /^https?$/ }).refine((url) => !/^https?:\/\/[^/]*@/.test(url), {
      error: 'must not carry a credential',
      params: UNSUPPORTED,
    }),
  })
  .meta({ id: 'McpServer', description: 'An MCP server that is reached by HTTP.' });
export type McpServerParams = z.infer<typeof mcpServer>;

export const mcpServers = z.array(mcpServer).max(20);

/** A tool that a program of the client runs. */
export type CustomTool = BetaManagedAgentsCustomTool;
/** A toolset with every setting, or a tool of the client, as an agent stores it. */
export type ResolvedToolset = BetaManagedAgentsAgentToolset20260401 | BetaManagedAgentsMCPToolset | CustomTool;
