import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import type { ActivePlugin } from '../plugin-set.ts';

/**
 * Replaces what Claude Code calls the MCP servers of a plugin, `mcp__plugin_PLUGIN_SERVER` (2.1.332), by their names here, in
 * matchers of hooks, lists of tools and texts that a plugin wrote for Claude Code: a guard would miss its calls otherwise.
 */
export function toOwnToolNames({
  name,
  manifest,
  mcpServers,
}: Pick<ActivePlugin, 'name' | 'manifest' | 'mcpServers'>): (text: string) => string {
  const names = new Map<string, string>();
  for (const plugin of [name, manifest.name])
    for (const server of Object.keys(mcpServers))
      names.set(`mcp__plugin_${clean(plugin)}_${clean(server)}`, `mcp__${toMcpServerName(server)}`);
  if (names.size === 0) return (text) => text;
  // A name ends where `__TOOL` begins, or at its end.
  const known = new RegExp(`(?:${[...names.keys()].join('|')})(?![A-Za-z0-9-]|_(?!_))`, 'g');
  return (text) => text.replaceAll(known, (found) => names.get(found) ?? found);
}

function clean(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
