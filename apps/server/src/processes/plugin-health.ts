import type { McpServerSpec } from '../definitions/mcp-server-spec.ts';
import { toServedHandlers } from '../plugins/delivery/served-folder.ts';
import type { ActivePlugin, PluginSet } from '../plugins/plugin-set.ts';
import { toServedVersion } from '../plugins/served-version.ts';
import { toPluginMcpServers } from '../plugins/to-plugin-mcp-servers.ts';
import type { MeasuredPart, PartUse, PluginUse } from './plugin-use.ts';

/** A part of an active plugin, and what it has done. */
export interface PartHealth extends PartUse {
  /** Of an MCP server; null for others. */
  transport: McpServerSpec['transport'] | null;
  state: 'ready' | 'idle' | 'failed';
}

/** How the parts of plugins do, on this server since its start, or since the plugin or another version, grant or configuration of it serves. */
export interface PluginHealth {
  /** When counting began, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** MCP servers, then endpoints and hooks in TypeScript; those that were not used yet included. Empty for a plugin that is not active. */
  list(plugin: string): PartHealth[];
}

export function createPluginHealth(deps: {
  plugins: Pick<PluginSet, 'current'>;
  use: Pick<PluginUse, 'sinceMs' | 'list'>;
}): PluginHealth {
  const { plugins, use } = deps;
  return {
    sinceMs: use.sinceMs,
    list(name) {
      const plugin = plugins.current.find((each) => each.name === name);
      if (plugin === undefined) return [];
      const used = use.list(name, toServedVersion(plugin));
      return listParts(plugin).map((part) => toHealth(part, used));
    },
  };
}

type DeclaredPart = Pick<MeasuredPart, 'kind' | 'name'> & Pick<PartHealth, 'transport'>;

function listParts(plugin: ActivePlugin): DeclaredPart[] {
  const servers = toPluginMcpServers([plugin], { nodePath: process.execPath });
  const hasEndpoints = plugin.parts.some(({ kind }) => kind === 'endpoint');
  return [
    ...servers.map(({ name, transport }) => ({ kind: 'mcp_server' as const, name, transport })),
    ...(hasEndpoints ? [{ kind: 'endpoints' as const, name: 'endpoints', transport: null }] : []),
    ...(toServedHandlers(plugin).length > 0 ? [{ kind: 'hooks' as const, name: 'hooks', transport: null }] : []),
  ];
}

function toHealth({ kind, name, transport }: DeclaredPart, used: readonly PartUse[]): PartHealth {
  const own = used.find((each) => each.kind === kind && each.name === name) ?? toUnused(kind, name);
  return { ...own, transport, state: own.isFailing ? 'failed' : own.connected > 0 ? 'ready' : 'idle' };
}

function toUnused(kind: PartUse['kind'], name: string): PartUse {
  return {
    ...{ kind, name, connected: 0, isFailing: false, calls: 0, errors: 0, p50Ms: null, p95Ms: null },
    ...{ starts: 0, restarts: 0, failedStarts: 0, lastProblem: null, lastCallAtMs: null },
  };
}
