import type { McpUse } from '../agent-process/mcp/mcp-use.ts';
import type { McpServerSpec } from '../definitions/mcp-server-spec.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Series of the metrics; further servers share one. */
const MAX_SERVERS = 200;
const OTHER = { plugin: 'other', server: 'other' };
/** Names in agents' definitions are users' own, and without number. */
const OF_AGENT = { plugin: 'none', server: 'any' };

/** Counts what MCP servers do: those of plugins by name, those of agents' definitions together. */
export function createMcpMeter(
  metrics: Pick<Metrics, 'mcpCallDuration' | 'mcpServerStarts' | 'mcpServerEnds'>,
): (server: Pick<McpServerSpec, 'plugin' | 'name'>) => McpUse {
  const known = new Set<string>();

  const toLabels = ({ plugin, name }: Pick<McpServerSpec, 'plugin' | 'name'>) => {
    if (plugin === undefined) return OF_AGENT;
    const key = JSON.stringify([plugin, name]);
    if (!known.has(key) && known.size >= MAX_SERVERS) return OTHER;
    known.add(key);
    return { plugin, server: name };
  };

  return (server) => {
    const labels = toLabels(server);
    metrics.mcpServerStarts.inc({ ...labels, outcome: 'failed' }, 0);
    metrics.mcpServerEnds.inc(labels, 0);
    return {
      beginCall() {
        const startedMs = performance.now();
        return (outcome) =>
          metrics.mcpCallDuration.observe({ ...labels, outcome }, (performance.now() - startedMs) / 1000);
      },
      noteStart: (outcome) => metrics.mcpServerStarts.inc({ ...labels, outcome }),
      noteEnd: () => metrics.mcpServerEnds.inc(labels),
      noteClosed: () => undefined,
    };
  };
}
