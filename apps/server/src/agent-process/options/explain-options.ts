import type { ExplainedConflict, ExplainedOption, OptionOrigin } from '@claude-sdk-pattern/protocol';

import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import type { ActivePlugin } from '../../plugins/plugin-set.ts';
import { buildOptions, type AgentStart } from './build-options.ts';
import { OPTION_SOURCES, type OptionSource, type ProcessOptions, type StartOptions } from './option-sources.ts';
import type { ProfileSettings } from './profile-settings.ts';

export interface ExplainedStart {
  start: AgentStart;
  /** Active plugins, by name. */
  plugins: readonly ActivePlugin[];
  /** The model that the session itself names; null where it names none. */
  sessionModel: string | null;
  /** The permission mode of the session. */
  permissionMode: string;
}

export interface ExplainedOptions {
  options: ExplainedOption[];
  conflicts: ExplainedConflict[];
}

type Explain = (explained: ExplainedStart) => { value: unknown; from: OptionOrigin; names?: string[] };

const MAX_TEXT_CHARS = 2000;
const PLATFORM = 'platform' as const;

/**
 * Every option of the Agent SDK for one session: its value, and what it comes from. No secret is in it: of the environment,
 * of headers and of arguments only the names. Pure.
 */
export function explainOptions(explained: ExplainedStart): ExplainedOptions {
  const built: Partial<Record<string, unknown>> = buildOptions(explained.start);
  const options = Object.entries(OPTION_SOURCES as Record<string, OptionSource>).map(
    ([name, source]): ExplainedOption => {
      if (source.setBy === 'unset')
        return { name, is_set: false, value: null, from: PLATFORM, names: [], reason: source.reason };
      const explain = Object.hasOwn(ORIGINS, name) ? ORIGINS[name as keyof typeof ORIGINS] : undefined;
      const { value, from, names = [] } = explain?.(explained) ?? { value: built[name], from: PLATFORM };
      const isSet = source.setBy === 'process' || built[name] !== undefined;
      return { name, is_set: isSet, value: value ?? null, from, names, reason: source.value };
    },
  );
  return { options, conflicts: findOptionConflicts(explained.plugins, explained.start.settings) };
}

/** Of the options that do not simply have what `buildOptions` makes, from the platform itself. */
const ORIGINS: { [Name in keyof (StartOptions & ProcessOptions)]?: Explain } = {
  cwd: ({ start }) => ({ value: start.dirs.workspace, from: 'session' }),
  env: ({ start }) => ({ value: Object.keys(start.environment).toSorted(), from: PLATFORM }),
  tools: ({ start: { settings }, plugins }) => ({
    value: settings.tools,
    from: 'agent',
    names: settings.tools.some((tool) => tool === 'Skill' || tool === 'Agent') ? toNames(plugins, settings) : [],
  }),
  disallowedTools: ({ start }) => ({ value: start.settings.disallowedTools, from: 'agent' }),
  systemPrompt: ({ start: { settings } }) => {
    const own = settings.systemPrompt;
    return own === undefined
      ? { value: { type: 'preset', preset: 'claude_code' }, from: PLATFORM }
      : { value: own.slice(0, MAX_TEXT_CHARS), from: 'agent' };
  },
  effort: ({ start }) => ({ value: start.settings.effort, from: 'agent' }),
  model: ({ start, sessionModel }) => ({
    value: start.model,
    from: sessionModel !== null ? 'session' : start.settings.model !== undefined ? 'agent' : 'operator',
  }),
  permissionMode: ({ start, permissionMode }) => ({
    value: start.planMode ? 'plan' : 'default',
    from: 'session',
    names: [permissionMode],
  }),
  mcpServers: ({ start: { settings } }) => ({
    value: settings.mcpServers.map(toShownServer),
    from: settings.mcpServers.some(({ plugin }) => plugin !== undefined) ? 'plugin' : 'agent',
    names: [...new Set(settings.mcpServers.flatMap(({ plugin }) => plugin ?? []))],
  }),
  plugins: ({ start: { settings } }) => {
    const served = settings.plugins.filter(({ path }) => path !== null);
    return {
      value: served.map(({ name, version, digest, hooks }) => ({ name, version, digest, hooks })),
      from: 'plugin',
      names: served.map(({ name }) => name),
    };
  },
  includeHookEvents: ({ start: { settings } }) => {
    const hooked = settings.plugins.filter(({ hooks }) => hooks.length > 0);
    return { value: hooked.length > 0, from: 'plugin', names: hooked.map(({ name }) => name) };
  },
  resume: ({ start }) => ({ value: start.resume ? start.agentSessionId : null, from: 'session' }),
  sessionId: ({ start }) => ({ value: start.resume ? null : start.agentSessionId, from: 'session' }),
};

/** A path, a query, an argument or a value can hold a key. */
function toShownServer(server: McpServerSpec): Record<string, unknown> {
  const { name, transport, plugin = 'agent' } = server;
  const common = { name, transport, from: plugin };
  switch (server.transport) {
    case 'stdio':
      return { ...common, command: server.command, env: Object.keys(server.env) };
    case 'in_process':
      return { ...common, env: Object.keys(server.env) };
    default: {
      const host = URL.canParse(server.url) ? new URL(server.url).host : null;
      return { ...common, host, headers: Object.keys(server.headers ?? {}) };
    }
  }
}

function toNames(plugins: readonly ActivePlugin[], settings: ProfileSettings): string[] {
  const taken = new Set(settings.plugins.map(({ name }) => name));
  const kinds = ['skill', 'command', 'agent'];
  return plugins
    .filter(({ name, parts }) => taken.has(name) && parts.some(({ kind }) => kinds.includes(kind)))
    .map(({ name }) => name);
}

const NAMESPACED: readonly string[] = ['skill', 'command', 'agent'];

/**
 * What several bring under one name. An MCP server is the agent's own, else that of the first plugin by its name; skills,
 * commands and subagents all stay, with the plugin's name before theirs.
 */
function findOptionConflicts(plugins: readonly ActivePlugin[], settings: ProfileSettings): ExplainedConflict[] {
  const taken = new Set(settings.plugins.map(({ name }) => name));
  const owners = new Map<string, string>();
  for (const { name, plugin } of settings.mcpServers) owners.set(`mcp_server ${name}`, plugin ?? 'agent');
  const conflicts: ExplainedConflict[] = [];
  for (const plugin of plugins.filter(({ name }) => taken.has(name))) {
    for (const { kind, name } of plugin.parts) {
      const isNamespaced = NAMESPACED.includes(kind);
      if (kind !== 'mcp_server' && !isNamespaced) continue;
      const key = `${kind} ${name}`;
      const first = owners.get(key) ?? plugin.name;
      owners.set(key, first);
      if (first === plugin.name) continue;
      const resolution = isNamespaced ? `Called as ${plugin.name}:${name}` : `That of ${first} serves`;
      conflicts.push({ kind, name, first, second: plugin.name, resolution });
    }
  }
  return conflicts;
}
