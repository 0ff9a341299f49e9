import type { EventPlugin } from '@claude-sdk-pattern/protocol';

import { parseMcpToolName, toMcpServerName, toResourceToolName } from '../../definitions/mcp-tool-name.ts';
import { AGENT_PLUGIN } from '../../plugins/skills/agent-plugin.ts';
import type { ProfileSettings } from './profile-settings.ts';

/** A tool call as the CLI names it. */
export interface NamedCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
}

/** Tools that take the name of a part of a plugin, as `PLUGIN:PART`, in this field (CLI 2.1.332). */
const NAMING_FIELDS: Readonly<Record<string, string>> = {
  Skill: 'skill',
  Agent: 'subagent_type',
  Task: 'subagent_type',
};

/**
 * The plugin that a call belongs to: it brings the MCP server, the skill, the command or the subagent. Undefined for what is
 * no plugin's, such as a server of the agent's definition. Pure.
 */
export function findPlugin(
  { mcpServers, plugins }: Pick<ProfileSettings, 'mcpServers' | 'plugins'>,
  call: NamedCall,
): EventPlugin | undefined {
  const name = findServerPlugin(mcpServers, call) ?? findNamedPlugin(call);
  const plugin = name === undefined || name === AGENT_PLUGIN ? undefined : plugins.find((each) => each.name === name);
  return plugin && { name: plugin.name, display_name: plugin.displayName };
}

function findServerPlugin(servers: ProfileSettings['mcpServers'], { toolName, input }: NamedCall): string | undefined {
  const { serverName } = parseMcpToolName(toResourceToolName(toolName, input) ?? toolName) ?? {};
  return serverName && servers.find(({ name }) => toMcpServerName(name) === serverName)?.plugin;
}

function findNamedPlugin({ toolName, input }: NamedCall): string | undefined {
  const field = Object.hasOwn(NAMING_FIELDS, toolName) ? NAMING_FIELDS[toolName] : undefined;
  const named = field === undefined ? undefined : input[field];
  return typeof named === 'string' ? /^\/?([^:]+):/.exec(named)?.[1] : undefined;
}

/** The plugin that brings an MCP server, by the name that the plugin gives the server. */
export function findPluginOfServer(
  settings: Pick<ProfileSettings, 'mcpServers' | 'plugins'>,
  server: string,
): EventPlugin | undefined {
  return findPlugin(settings, { toolName: `mcp__${toMcpServerName(server)}__any`, input: {} });
}

/**
 * The plugin with a command hook of `PreToolUse` that has this command line, where the CLI tells it; else the only one with
 * such a hook. Undefined where that is not known. Pure.
 */
export function findHookPlugin(
  { plugins }: Pick<ProfileSettings, 'plugins'>,
  command: string | undefined,
): { name: string; path: string } | undefined {
  const all = plugins.flatMap(({ name, path, hooks }) =>
    path !== null && hooks.includes('PreToolUse') ? [{ name, path }] : [],
  );
  return all.find(({ path }) => command?.includes(path) === true) ?? (all.length === 1 ? all[0] : undefined);
}
