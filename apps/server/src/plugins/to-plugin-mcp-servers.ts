import { posix } from 'node:path';

import type { Json } from '../audit/canonical-json.ts';
import type { McpServerSpec } from '../definitions/mcp-server-spec.ts';
import { isSensitive } from './manifest/configuration-schema.ts';
import type { McpServerConfig } from './manifest/mcp-server-config.ts';
import { findReachableHosts } from './find-reachable-hosts.ts';
import { replaceReferences, toSecretName, toStatedDefault, withoutSecrets } from './manifest/references.ts';
import type { ActivePlugin } from './plugin-set.ts';
import { toToolServers } from './to-tool-servers.ts';

export interface PluginServerOptions {
  /** The Node that runs this server: what a plugin calls `node`. */
  nodePath: string;
  /** Names that are taken: the servers of the agent itself. */
  taken?: ReadonlySet<string>;
}

/**
 * The MCP servers of plugins, as a process gets them. Of several with one name the agent's own serves, then that of the
 * plugin which comes first by its name; `find-conflicts.ts` tells people. Pure: `${secret:NAME}` stays, also for a secret that
 * was not granted: who fills it in refuses that, so that no server starts with an empty text in its place.
 * @param plugins Active ones, by name.
 */
export function toPluginMcpServers(plugins: readonly ActivePlugin[], options: PluginServerOptions): McpServerSpec[] {
  const taken = new Set(options.taken);
  const { nodePath } = options;
  return plugins
    .flatMap((plugin) => [
      ...Object.entries(plugin.mcpServers).map(([name, config]) => toSpec(plugin, name, { config, nodePath })),
      ...toToolServers(plugin, { nodePath }),
    ])
    .filter(({ name }) => !taken.has(name) && taken.add(name));
}

function toSpec(
  plugin: ActivePlugin,
  name: string,
  { config, nodePath }: { config: McpServerConfig; nodePath: string },
): McpServerSpec {
  const fill = (text: string) => fillIn(text, plugin);
  const fillAll = (texts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, fill(value)]));
  if ('url' in config) {
    const { type: transport, url, headers } = config;
    return { name, transport, url: fill(url), ...(headers && { headers: fillAll(headers) }), plugin: plugin.name };
  }
  const command = fill(config.command);
  const isNode = command === 'node';
  const reachableHosts = findReachableHosts(plugin);
  return {
    ...{
      name,
      transport: 'stdio',
      command: isNode ? nodePath : toCommand(command, plugin),
      args: config.args.flatMap((text) => fillArgument(text, plugin)),
    },
    env: fillAll({
      ...(plugin.dir !== null && { CLAUDE_PLUGIN_ROOT: '${CLAUDE_PLUGIN_ROOT}' }),
      ...(plugin.dataDir !== undefined && { CLAUDE_PLUGIN_DATA: '${CLAUDE_PLUGIN_DATA}' }),
      ...config.env,
    }),
    ...(config.cwd !== undefined && { cwd: fill(config.cwd) }),
    readableDirs: [
      ...(plugin.contentDir === null ? [] : [plugin.contentDir]),
      ...(isNode ? [posix.dirname(nodePath)] : []),
    ],
    ...(plugin.dataDir !== undefined && { dataDir: plugin.dataDir }),
    ...(reachableHosts && { reachableHosts }),
    plugin: plugin.name,
  };
}

/** `${user_config.NAME...}`, which only bundles have, becomes an argument for each text of a list. */
function fillArgument(text: string, plugin: ActivePlugin): string[] {
  const [, option] = /^\$\{user_config\.(\w+)\.\.\.\}$/.exec(text) ?? [];
  if (option === undefined) return [fillIn(text, plugin)];
  const value = plugin.configuration[option] ?? plugin.manifest.userConfig?.[option]?.default ?? [];
  return [value].flat().map((each) => release(toOptionText(option, each, plugin)));
}

/** A path in the plugin, as `./bin/server`, which cannot leave it; what has no slash is a program of the PATH. */
function toCommand(command: string, { dir }: ActivePlugin): string {
  return dir !== null && command.startsWith('./') ? posix.join(dir, posix.join('/', command)) : command;
}

function fillIn(text: string, plugin: ActivePlugin): string {
  const { dir, dataDir, configuration, manifest } = plugin;
  const filled = replaceReferences(text.replaceAll(HOLD, ''), (name) => {
    if (name === 'CLAUDE_PLUGIN_ROOT') return dir ?? undefined;
    if (name === 'CLAUDE_PLUGIN_DATA') return dataDir;
    // A server starts in the workspace.
    if (name === 'CLAUDE_PROJECT_DIR') return '.';
    const [, option] = /^user_config\.(\w+)$/.exec(name) ?? [];
    if (option !== undefined) {
      const value = configuration[option] ?? manifest.userConfig?.[option]?.default ?? '';
      return toOptionText(option, value, plugin);
    }
    const secret = toSecretName(name);
    return secret === undefined ? toStatedDefault(name) : hold(secret);
  });
  return release(filled);
}

/** Stands around the name of a secret while other references to secrets are taken out; no text can have it. */
const HOLD = '\0';

function hold(secret: string): string {
  return `${HOLD}${secret}${HOLD}`;
}

/** Takes out what only looks like a reference now that options are in, also across two of them. */
function release(filled: string): string {
  return withoutSecrets(filled)
    .split(HOLD)
    .map((each, index) => (index % 2 === 0 ? each : `\${secret:${each}}`))
    .join('');
}

/** Only a sensitive option may name secrets. */
function toOptionText(option: string, value: Json, { manifest }: ActivePlugin): string {
  const text = toText(value).replaceAll(HOLD, '');
  if (!isSensitive(manifest, option)) return text;
  return replaceReferences(text, (name) => {
    const secret = name.startsWith('secret:') ? toSecretName(name) : undefined;
    return secret === undefined ? undefined : hold(secret);
  });
}

/** Lists of texts as Claude Code writes them, objects as JSON. */
function toText(value: Json): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(toText).join(',') : JSON.stringify(value ?? null);
}
