import { CspError } from '@claude-sdk-pattern/protocol';
import type {
  AgentToolName,
  AgentToolParams,
  CustomTool,
  McpServerParams,
  PermissionPolicy,
  ResolvedToolset,
} from '@claude-sdk-pattern/protocol/v1';

import { CUSTOM_SERVER } from './custom-tools.ts';
import { toUsableSchema } from './usable-schema.ts';

/** As in the Managed Agents API: the agent's own tools run, those of MCP servers ask. */
const DEFAULT_POLICY = {
  agent_toolset_20260401: { type: 'always_allow' },
  mcp_toolset: { type: 'always_ask' },
} as const;

interface ToolSettings {
  enabled?: boolean | null | undefined;
  permission_policy?: PermissionPolicy | null | undefined;
}
interface ResolvedSettings {
  enabled: boolean;
  permission_policy: PermissionPolicy;
}

/** A toolset with every setting filled in. Pure. */
export function toResolvedToolset(toolset: AgentToolParams): ResolvedToolset {
  if (toolset.type === 'custom') return toCustomTool(toolset);
  const defaults = fillIn(toolset.default_config ?? {}, {
    enabled: true,
    permission_policy: DEFAULT_POLICY[toolset.type],
  });
  if (toolset.type === 'mcp_toolset') {
    return {
      type: toolset.type,
      mcp_server_name: toolset.mcp_server_name,
      default_config: defaults,
      configs: (toolset.configs ?? []).map((config) => ({ name: config.name, ...fillIn(config, defaults) })),
    };
  }
  return {
    type: toolset.type,
    default_config: defaults,
    configs: (toolset.configs ?? []).map((config) => toToolConfig(config.name, fillIn(config, defaults))),
  };
}

function toCustomTool({ input_schema: schema, ...tool }: Extract<AgentToolParams, { type: 'custom' }>): CustomTool {
  const { properties, required, ...rest } = schema;
  return {
    ...tool,
    input_schema: { ...rest, ...(properties != null && { properties }), ...(required != null && { required }) },
  };
}

function fillIn(given: ToolSettings, defaults: ResolvedSettings): ResolvedSettings {
  return {
    enabled: given.enabled ?? defaults.enabled,
    permission_policy: given.permission_policy ?? defaults.permission_policy,
  };
}

type AgentToolConfig = Extract<ResolvedToolset, { type: 'agent_toolset_20260401' }>['configs'][number];

function toToolConfig(name: AgentToolName, settings: ResolvedSettings): AgentToolConfig {
  if (name === 'web_fetch') return { ...settings, name, type: name, url_sources: null };
  // Each name goes with the type of the same name, which the union cannot follow.
  return { ...settings, name, type: name } as AgentToolConfig;
}

/**
 * Checks tools against MCP servers.
 * @throws CspError `invalid_request` when a name occurs twice, or one side names what the other lacks.
 */
export function assertConsistentTools(
  tools: readonly AgentToolParams[] | readonly ResolvedToolset[],
  servers: readonly McpServerParams[],
): void {
  const serverNames = servers.map(({ name }) => name);
  const toolsetNames = tools.map((tool) =>
    tool.type === 'mcp_toolset' ? tool.mcp_server_name : tool.type === 'custom' ? `custom ${tool.name}` : tool.type,
  );
  assertUnique(serverNames, 'mcp_servers');
  assertUnique(toolsetNames, 'tools');
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'custom') {
      if (toUsableSchema({ ...tool.input_schema }) === undefined) refuse(`tools.${index}.input_schema`, UNUSABLE);
      continue;
    }
    assertUnique(
      (tool.configs ?? []).map(({ name }) => name),
      `tools.${index}.configs`,
    );
    if (tool.type !== 'mcp_toolset' || serverNames.includes(tool.mcp_server_name)) continue;
    refuse(`tools.${index}.mcp_server_name`, 'names no server of mcp_servers');
  }
  const hasCustomTools = tools.some(({ type }) => type === 'custom');
  for (const [index, name] of serverNames.entries()) {
    if (hasCustomTools && name === CUSTOM_SERVER) refuse(`mcp_servers.${index}.name`, TAKEN);
    if (!toolsetNames.includes(name)) refuse(`mcp_servers.${index}`, 'is used by no mcp_toolset in tools');
  }
}

const UNUSABLE =
  'is not valid JSON Schema of draft 2020-12, is longer than 200,000 characters, or has a property whose name is not 1 to 64 of letters, digits, _, . and -';
const TAKEN = `must not be ${CUSTOM_SERVER}, under which the agent gets its custom tools`;

function assertUnique(names: readonly string[], field: string): void {
  if (new Set(names).size !== names.length) refuse(field, 'names something twice');
}

function refuse(field: string, problem: string): never {
  throw new CspError('invalid_request', `The request is not valid: ${field}: ${problem}`, { details: { field } });
}
