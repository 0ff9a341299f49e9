import type { Metrics } from '../telemetry/metrics.ts';
import type { MeteredRequest } from './metered-request.ts';

/** Adds each model call to the metrics. `nameModel`: its name in the price table, so that the models in labels are bounded. */
export function createCallMeasure(
  metrics: Pick<Metrics, 'modelRequests' | 'modelRequestDuration' | 'modelTokens' | 'modelCost' | 'modelUnpriced'>,
  nameModel: (model: string) => string | undefined,
): (request: MeteredRequest) => void {
  return ({ upstream = 'none', statusCode, durationMs, usage, cost }) => {
    metrics.modelRequests.inc({ upstream, status: String(statusCode ?? 'none') });
    metrics.modelRequestDuration.observe({ upstream }, durationMs / 1000);
    if (cost.microUsd === null) metrics.modelUnpriced.inc();
    const model = (usage.model === undefined ? undefined : nameModel(usage.model)) ?? 'other';
    for (const [kind, tokens] of [
      ['input', usage.inputTokens],
      ['output', usage.outputTokens],
      ['cache_read', usage.cacheReadTokens],
      ['cache_write', usage.cacheWriteTokens],
    ] as const) {
      if (tokens > 0) metrics.modelTokens.inc({ model, kind }, tokens);
    }
    if (cost.microUsd !== null && cost.microUsd > 0) metrics.modelCost.inc({ model }, cost.microUsd / 1_000_000);
  };
}
