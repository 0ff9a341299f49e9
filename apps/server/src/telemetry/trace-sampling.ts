import { ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import { RandomIdGenerator, SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';

import type { TracingSettings } from '../config/tracing-settings.ts';

export interface TraceSamplingDeps {
  settings: Pick<TracingSettings, 'sampler' | 'ratio' | 'clientTracesPerSecond'>;
  /** Monotonic, in ms. */
  now(): number;
}

/** Says whether a span is kept, by the trace that it is in. */
export type SampleTrace = (traceId: string, parent: SpanContext | undefined) => boolean;

/**
 * Decides once for each part of a trace that begins here; what is below it follows. A client chooses its trace id and says
 * whether its trace is kept, and both would let it have every request kept. So traces that are kept because of a client are
 * limited; of further ones the server keeps its own share.
 */
export function createTraceSampling({ settings, now }: TraceSamplingDeps): SampleTrace {
  const { sampler, clientTracesPerSecond: most } = settings;
  const isParentBased = sampler.startsWith('parentbased_');
  const ratio = sampler.endsWith('always_on') ? 1 : sampler.endsWith('always_off') ? 0 : settings.ratio;
  const byId = new TraceIdRatioBasedSampler(ratio);
  const ids = new RandomIdGenerator();
  let left = most;
  let filledAtMs = now();

  const isInShare = (traceId: string): boolean =>
    ratio === 1 ||
    (ratio > 0 && byId.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED);

  /** Whether a client may have another trace kept: `most` at once, and as many in a second. */
  const takeClientTrace = (): boolean => {
    const atMs = now();
    left = Math.min(most, left + ((atMs - filledAtMs) / 1000) * most);
    filledAtMs = atMs;
    if (left < 1) return false;
    left -= 1;
    return true;
  };

  return (traceId, parent) => {
    if (parent === undefined) return isInShare(traceId);
    const isKeptAbove = (parent.traceFlags & 1) === 1;
    if (parent.isRemote !== true) return isKeptAbove;
    if (isParentBased && !isKeptAbove) return false;
    if (ratio === 1) return true;
    if (!isParentBased && !isInShare(traceId)) return false;
    return takeClientTrace() || isInShare(ids.generateTraceId());
  };
}
