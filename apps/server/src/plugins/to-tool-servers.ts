import { toJobEnvironment } from '@claude-sdk-pattern/plugin-api/job';

import type { McpServerSpec } from '../definitions/mcp-server-spec.ts';
import { findReachableHosts } from './find-reachable-hosts.ts';
import type { ActivePlugin } from './plugin-set.ts';
import { toRunnerProgram } from './runner-program.ts';
import { toPluginJob } from './to-plugin-job.ts';

/**
 * The tools that a plugin has written in TypeScript, as one MCP server: a process of the session's host in which our runner
 * serves them, or, for a plugin that asks for it and is trusted, this server. Empty where it has none. Pure.
 */
export function toToolServers(plugin: ActivePlugin, { nodePath }: { nodePath: string }): McpServerSpec[] {
  const { name: pluginName, manifest, mcpServers, trusted } = plugin;
  const { tools, isolation } = manifest.csp ?? {};
  if (tools === undefined) return [];
  const job = toPluginJob(plugin, { part: 'tools', module: tools.module, toolNames: tools.names });
  const env = toJobEnvironment(job);
  // Plugins often name their one MCP server as themselves.
  const name = Object.hasOwn(mcpServers, pluginName) ? `${pluginName}-tools` : pluginName;
  if (isolation === 'in-process' && trusted) return [{ name, transport: 'in_process', env, plugin: pluginName }];
  const reachableHosts = findReachableHosts(plugin);
  const { args, readableDirs, maxRssBytes } = toRunnerProgram(job.limits, nodePath);
  return [
    {
      ...{ name, transport: 'stdio', command: nodePath, args, env, maxRssBytes, plugin: pluginName },
      ...(reachableHosts && { reachableHosts }),
      readableDirs: [...(plugin.contentDir === null ? [] : [plugin.contentDir]), ...readableDirs],
    },
  ];
}
