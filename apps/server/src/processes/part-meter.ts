import type { McpUse } from '../agent-process/mcp/mcp-use.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Plugins in labels; further ones share one. */
const MAX_PLUGINS = 200;

/** Counts what the endpoints and hooks of plugins in TypeScript do. */
export function createPartMeter(
  metrics: Pick<Metrics, 'pluginCallDuration' | 'pluginStarts' | 'pluginEnds'>,
): (plugin: string, part: 'endpoints' | 'hooks') => McpUse {
  const known = new Set<string>();

  return (name, part) => {
    if (known.size < MAX_PLUGINS) known.add(name);
    const labels = { plugin: known.has(name) ? name : 'other', part };
    metrics.pluginStarts.inc({ ...labels, outcome: 'failed' }, 0);
    metrics.pluginEnds.inc(labels, 0);
    return {
      beginCall() {
        const startedMs = performance.now();
        return (outcome) =>
          metrics.pluginCallDuration.observe({ ...labels, outcome }, (performance.now() - startedMs) / 1000);
      },
      noteStart: (outcome) => metrics.pluginStarts.inc({ ...labels, outcome }),
      noteEnd: () => metrics.pluginEnds.inc(labels),
      noteClosed: () => undefined,
    };
  };
}
