import type {
  AgentToolName,
  CustomTool,
  McpServerParams,
  PromptGuardMode,
  ResolvedToolset,
  ToolSearchMode,
} from '@claude-sdk-pattern/protocol/v1';

import type { AgentModel } from '../../definitions/agent-definition.ts';
import { CUSTOM_SERVER } from '../../definitions/custom-tools.ts';
import type { EnvironmentDefinition } from '../../definitions/environment-definition.ts';
import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import {
  parseMcpToolName,
  RESOURCE_LIST_TOOL,
  RESOURCE_TOOL,
  toMcpServerName,
  toMcpToolName,
  type McpTool,
} from '../../definitions/mcp-tool-name.ts';
import { isAmong, type SessionAgent } from '../../definitions/resolve-session.ts';
import type { ToolPolicy } from '../../definitions/tool-policy.ts';
import type { PluginHookEvent } from '../../hooks/hook-events.ts';
import { toServedFolder, toServedHandlers, toServedHooks } from '../../plugins/delivery/served-folder.ts';
import { toDisplayName } from '../../plugins/manifest/plugin-manifest.ts';
import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import { listSkills, type ListedSkill } from '../../plugins/skills/listed-skills.ts';
import { isWorkspacePlugin } from '../../plugins/workspace/workspace-plugin.ts';
import { toPluginMcpServers } from '../../plugins/to-plugin-mcp-servers.ts';

/** A plugin as a process is started with it. */
export interface ProcessPlugin {
  /** Of the registry. */
  name: string;
  /** For people. */
  displayName: string;
  version: string | null;
  /** Of its content. */
  digest: string;
  /** Absolute path of the folder that the CLI reads; null where there is nothing in it for the CLI. */
  path: string | null;
  /** Hook events whose commands the CLI runs. */
  hooks: readonly string[];
  /** Hook events that it has hooks in TypeScript for. */
  handlers: readonly PluginHookEvent[];
  /** Rules for tool calls that run without being asked about. */
  permissions: readonly string[];
}

/** The content of a profile: the start settings that follow from the agent, the environment and the plugins. */
export interface ProfileSettings {
  /** Undefined leaves the choice to the platform. */
  model: string | undefined;
  effort: NonNullable<AgentModel['effort']>['type'] | undefined;
  /** Replaces Claude Code's own system prompt; undefined keeps that one. */
  systemPrompt: string | undefined;
  /** Names of Claude Code's tools that are offered. MCP tools are offered unless they are in `disallowedTools`. */
  tools: string[];
  /** Tools that the agent is not offered: Claude Code's other tools, and switched-off tools of MCP servers. */
  disallowedTools: string[];
  /** Those of the agent, then those of plugins. */
  mcpServers: McpServerSpec[];
  /** Tools that programs of the client run. */
  customTools: CustomTool[];
  /** The skills of the agent itself, then those plugins by name that it takes. */
  plugins: ProcessPlugin[];
  /** Skills and commands in the list that the model gets, in its order. Absent for none. */
  listedSkills?: ListedSkill[];
  /** Names or ids of the agent's skills that are gone. Absent for none. */
  missingSkills?: string[];
  /** Policies of tools, by the CLI's name of the tool; see `toMcpToolName`. */
  toolPolicies: Record<string, ToolPolicy>;
  /** Policies of MCP tools that `toolPolicies` does not name, by the CLI's name of the MCP server. */
  serverPolicies: Record<string, ToolPolicy>;
  /** Absent leaves the choice to the platform. */
  toolSearch?: ToolSearchMode;
  networking: EnvironmentDefinition['networking'];
  /** Undefined leaves the choice to the platform. */
  promptGuard: PromptGuardMode | undefined;
}

/** Claude Code's names for the tools of `agent_toolset_20260401` (CLI 2.1.330). */
const CLAUDE_CODE_TOOLS: Record<AgentToolName, readonly string[]> = {
  bash: ['Bash'],
  edit: ['Edit', 'NotebookEdit'],
  read: ['Read'],
  write: ['Write'],
  glob: ['Glob'],
  grep: ['Grep'],
  web_fetch: ['WebFetch'],
  web_search: ['WebSearch'],
};

/** Claude Code's other interactive tools: questions, to-do lists, plan mode, subagents, the end of background commands. */
const INTERACTIVE_TOOLS = [
  'Agent',
  'AskUserQuestion',
  'EnterPlanMode',
  'ExitPlanMode',
  'Skill',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskStop',
  'TaskUpdate',
  'TodoWrite',
];

/** Finds tools of MCP servers, and Claude Code's own, that do not stand in every request (CLI 2.1.332). */
const TOOL_SEARCH = 'ToolSearch';

/** List and read the resources of MCP servers (CLI 2.1.332). */
const RESOURCE_TOOLS = [RESOURCE_LIST_TOOL, RESOURCE_TOOL];

const ALL_TOOLS = [...Object.values(CLAUDE_CODE_TOOLS).flat(), ...INTERACTIVE_TOOLS];

const AGENT_SECRETS = { agentSecrets: true } as const;

/** What a profile is made of. */
export interface ProfileParts {
  agent: SessionAgent;
  environment: EnvironmentDefinition;
  /** The active ones, by name. */
  plugins: readonly ActivePlugin[];
  /** The Node that runs this server. */
  nodePath: string;
  /**
   * The MCP servers of the agent's stored definition: of the agent's own, only these get its secrets. Absent where the
   * session's owner may not use the agent: then no server gets them.
   */
  definedServers?: readonly McpServerParams[] | undefined;
  /** The uploaded skills of the agent. */
  ofAgent?: ActivePlugin | undefined;
  /** What the session's owner lets run of its workspace. */
  ofWorkspace?: readonly ActivePlugin[] | undefined;
  missingSkills?: readonly string[];
}

/** Derives the settings of a process from the session's agent and environment, and the active plugins. Pure. */
export function toProfileSettings(parts: ProfileParts): ProfileSettings {
  const { agent, environment, plugins, nodePath, definedServers } = parts;
  const { ofAgent, ofWorkspace = [], missingSkills = [] } = parts;
  const taken = [
    ...(ofAgent ? [ofAgent] : []),
    ...plugins.filter(({ name }) => agent.plugins?.includes(name) ?? true),
    // Last: a server of a plugin serves in place of one with its name.
    ...ofWorkspace,
  ];
  const listedSkills = listSkills(taken);
  const customTools = agent.tools.filter((tool) => tool.type === 'custom');
  const ownServers = new Set([
    ...agent.mcpServers.map(({ name }) => name),
    ...(customTools.length > 0 ? [CUSTOM_SERVER] : []),
  ]);
  const pluginServers = toPluginMcpServers(taken, { nodePath, taken: ownServers });
  const settings: ProfileSettings = {
    model: agent.model.id === 'default' ? undefined : agent.model.id,
    effort: agent.model.effort?.type,
    systemPrompt: agent.system ?? undefined,
    tools: [...new Set([...(agent.interactiveTools ? INTERACTIVE_TOOLS : []), ...listPluginTools(taken)])],
    disallowedTools: [],
    mcpServers: [
      ...agent.mcpServers.map((server) => ({
        ...{ name: server.name, transport: 'http' as const, url: server.url },
        ...(definedServers && isAmong(server, definedServers) && AGENT_SECRETS),
      })),
      ...pluginServers.map((server) => ({
        ...server,
        ...(definedServers && !isWorkspacePlugin(server.plugin ?? '') && AGENT_SECRETS),
      })),
    ],
    customTools,
    plugins: taken.map(toProcessPlugin),
    ...(listedSkills.length > 0 && { listedSkills }),
    ...(missingSkills.length > 0 && { missingSkills: [...missingSkills] }),
    toolPolicies: {},
    // The agent says nothing of their tools: rules, people and what a plugin was granted decide, else it asks.
    serverPolicies: Object.fromEntries(pluginServers.map(({ name }) => [toMcpServerName(name), 'auto'])),
    networking: environment.networking,
    promptGuard: agent.promptGuard ?? undefined,
    ...(agent.toolSearch != null && { toolSearch: agent.toolSearch }),
  };
  // The platform's policy says whether it is there in a process.
  if (settings.mcpServers.length > 0 && settings.toolSearch !== 'never') settings.tools.push(TOOL_SEARCH);
  // The CLI offers them where one of the servers has resources.
  if (settings.mcpServers.length > 0) settings.tools.push(...RESOURCE_TOOLS);
  for (const toolset of agent.tools) {
    if (toolset.type === 'agent_toolset_20260401') addAgentToolset(settings, toolset);
    else if (toolset.type === 'mcp_toolset') addMcpToolset(settings, toolset);
  }
  // Nothing runs here; the gate has every call wait for its program.
  if (customTools.length > 0) settings.serverPolicies[CUSTOM_SERVER] = 'always_allow';
  // A resumed process still offers the tools that its transcript began with, unless they are forbidden (CLI 2.1.330).
  for (const tool of ALL_TOOLS.filter((name) => !settings.tools.includes(name))) {
    settings.disallowedTools.push(tool);
    settings.toolPolicies[tool] = 'disabled';
  }
  settings.tools.sort();
  return settings;
}

function toProcessPlugin(plugin: ActivePlugin): ProcessPlugin {
  const { name, version, digest, manifest } = plugin;
  const displayName = toDisplayName(manifest);
  const path = toServedFolder(plugin)?.path ?? null;
  const [hooks, handlers] = [toServedHooks(plugin), toServedHandlers(plugin)];
  return { name, displayName, version, digest, path, hooks, handlers, permissions: plugin.granted.permissions };
}

/** What brings skills and subagents needs the tools that load them. */
function listPluginTools(plugins: readonly ActivePlugin[]): string[] {
  const kinds = new Set(plugins.flatMap(({ parts }) => parts.map(({ kind }) => kind)));
  return [...(kinds.has('skill') || kinds.has('command') ? ['Skill'] : []), ...(kinds.has('agent') ? ['Agent'] : [])];
}

/** The policy for calls of this tool; `always_ask` for a tool that the settings do not name. */
export function findToolPolicy(
  settings: Pick<ProfileSettings, 'tools' | 'toolPolicies' | 'serverPolicies'>,
  toolName: string,
): ToolPolicy {
  const { tools, toolPolicies, serverPolicies } = settings;
  const stated = Object.hasOwn(toolPolicies, toolName) ? toolPolicies[toolName] : undefined;
  if (stated !== undefined) return stated;
  const { serverName } = parseMcpToolName(toolName) ?? {};
  const ofServer =
    serverName !== undefined && Object.hasOwn(serverPolicies, serverName) ? serverPolicies[serverName] : undefined;
  return ofServer ?? (tools.includes(toolName) ? 'auto' : 'always_ask');
}

/**
 * The MCP server and the tool that the CLI's name of a tool stands for; undefined unless it names a tool of a known
 * server. `findOriginal` returns the server's own spelling of a tool whose name was changed, once the server has listed
 * the tool.
 */
export function findMcpTool(
  { mcpServers }: Pick<ProfileSettings, 'mcpServers'>,
  cliName: string,
  findOriginal: (cliName: string) => string | undefined,
): McpTool | undefined {
  const parsed = parseMcpToolName(cliName);
  const server = mcpServers.find(({ name }) => toMcpServerName(name) === parsed?.serverName);
  return parsed && server && { server: server.name, tool: findOriginal(cliName) ?? parsed.toolName };
}

function addAgentToolset(
  settings: ProfileSettings,
  toolset: Extract<ResolvedToolset, { type: 'agent_toolset_20260401' }>,
): void {
  for (const [name, tools] of Object.entries(CLAUDE_CODE_TOOLS)) {
    const config = toolset.configs.find((each) => each.name === name) ?? toolset.default_config;
    for (const tool of config.enabled ? tools : []) {
      settings.tools.push(tool);
      settings.toolPolicies[tool] = config.permission_policy.type;
    }
  }
}

function addMcpToolset(settings: ProfileSettings, toolset: Extract<ResolvedToolset, { type: 'mcp_toolset' }>): void {
  const server = toolset.mcp_server_name;
  const { enabled, permission_policy: policy } = toolset.default_config;
  settings.serverPolicies[toMcpServerName(server)] = enabled ? policy.type : 'disabled';
  for (const config of toolset.configs) {
    const tool = toMcpToolName({ server, tool: config.name });
    settings.toolPolicies[tool] = config.enabled ? config.permission_policy.type : 'disabled';
    if (!config.enabled) settings.disallowedTools.push(tool);
  }
}
