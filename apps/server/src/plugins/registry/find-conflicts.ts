import type { PluginPart } from '../plugin-set.ts';
import type { PluginProblem } from '../problem.ts';

interface NamedParts {
  name: string;
  parts: readonly PluginPart[];
}

const SHOWN: readonly PluginPart['kind'][] = ['mcp_server', 'skill', 'command', 'agent'];

/**
 * What plugins bring under the same name. The plugin that comes first by its name keeps the name, and the problem is the
 * later one's: its MCP server is left out; its skills, commands and subagents can be called by the plugin's name.
 * @param plugins Active ones, by name.
 */
export function findConflicts(plugins: readonly NamedParts[]): Map<string, PluginProblem[]> {
  const owners = new Map<string, string>();
  const conflicts = new Map<string, PluginProblem[]>();
  for (const plugin of plugins) {
    for (const { kind, name } of plugin.parts) {
      if (!SHOWN.includes(kind)) continue;
      const key = `${kind} ${name}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, plugin.name);
      if (owner === undefined || owner === plugin.name) continue;
      const problem = {
        file: null,
        field: `parts.${kind}.${name}`,
        ...toConsequence({ kind, name, plugin: plugin.name, owner }),
      };
      conflicts.set(plugin.name, [...(conflicts.get(plugin.name) ?? []), problem]);
    }
  }
  return conflicts;
}

function toConsequence({
  kind,
  name,
  plugin,
  owner,
}: Record<'kind' | 'name' | 'plugin' | 'owner', string>): Pick<PluginProblem, 'message' | 'remedy'> {
  return kind === 'mcp_server'
    ? {
        message: `The plugin ${owner} has an MCP server ${name} too; this one is left out`,
        remedy: 'Deactivate one of the plugins, or rename the server',
      }
    : {
        message: `The plugin ${owner} has ${kind === 'agent' ? 'an' : 'a'} ${kind} ${name} too`,
        remedy: `Call them by their plugins: ${plugin}:${name} and ${owner}:${name}`,
      };
}
