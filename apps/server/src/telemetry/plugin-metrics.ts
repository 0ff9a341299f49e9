import { Counter, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

const CALL_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];

export type PluginMetrics = ReturnType<typeof createPluginMetrics>;

/** What plugins do: their MCP servers, HTTP endpoints and hooks. */
export function createPluginMetrics(registers: Registry[]) {
  const metrics = {
    mcpCallDuration: new Histogram({
      name: 'csp_mcp_call_duration_seconds',
      help: 'Calls of tools of MCP servers by plugin, server and outcome: ok, error (its own), failed (no answer), stopped',
      labelNames: ['plugin', 'server', 'outcome'],
      buckets: CALL_BUCKETS_SECONDS,
      registers,
    }),
    mcpServerStarts: new Counter({
      name: 'csp_mcp_server_starts_total',
      help: 'Tries to start or reach an MCP server by plugin, server and outcome: connected, failed',
      labelNames: ['plugin', 'server', 'outcome'],
      registers,
    }),
    mcpServerEnds: new Counter({
      name: 'csp_mcp_server_ends_total',
      help: 'MCP servers that ended, or whose connection did, for a reason of their own',
      labelNames: ['plugin', 'server'],
      registers,
    }),
    pluginCallDuration: new Histogram({
      name: 'csp_plugin_call_duration_seconds',
      help: 'Calls of HTTP endpoints and TypeScript hooks of plugins, by plugin, part and outcome: ok, error (its own), failed (no answer), stopped',
      labelNames: ['plugin', 'part', 'outcome'],
      buckets: CALL_BUCKETS_SECONDS,
      registers,
    }),
    pluginStarts: new Counter({
      name: 'csp_plugin_starts_total',
      help: 'Starts of processes that serve endpoints or hooks of plugins, by plugin, part and outcome: connected, failed',
      labelNames: ['plugin', 'part', 'outcome'],
      registers,
    }),
    pluginEnds: new Counter({
      name: 'csp_plugin_ends_total',
      help: 'Processes of plugins that ended for a reason of their own, by plugin and part',
      labelNames: ['plugin', 'part'],
      registers,
    }),
    hookFailures: new Counter({
      name: 'csp_hook_failures_total',
      help: 'Hooks that failed or took too long, by whose they are: plugin, installation',
      labelNames: ['of'],
      registers,
    }),
  };
  startAtZero(metrics.hookFailures, 'of', ['plugin', 'installation']);
  return metrics;
}
