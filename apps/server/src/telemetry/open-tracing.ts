import { setTimeout as delay } from 'node:timers/promises';

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type SpanContext } from '@opentelemetry/api';
import { TraceState, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';

import type { TracingSettings } from '../config/tracing-settings.ts';
import { findCorrelation } from './correlation.ts';
import { createSpanQueue } from './span-queue.ts';
import type { Logger } from './logger.ts';
import type { TraceMetrics } from './trace-metrics.ts';
import type { ActiveSpan, SpanOptions, SpanRole, Tracing } from './tracing.ts';

export interface TracingDeps {
  settings: TracingSettings;
  version: string;
  nodeId: string;
  logger: Pick<Logger, 'warn' | 'info'>;
  metrics: TraceMetrics;
  /** Hides secrets in what a span says. */
  mask<T>(value: T): T;
}

/** The semantic conventions that the names of spans and attributes are from; those of GenAI are in development there. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';
const CLOSE_WAIT_MS = 2000;
const MAX_CONTENT_CHARS = 8000;
/** W3C Trace Context asks for at least that. */
const MAX_STATE_CHARS = 512;
const KINDS: Record<SpanRole, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
};

/** Loads OpenTelemetry: import this file only where tracing is on. */
export function openTracing({ settings, version, nodeId, logger, metrics, mask }: TracingDeps): Tracing {
  const { url, headers, serviceName, resourceAttributes, hasContents } = settings;
  const resource = defaultResource().merge(
    resourceFromAttributes({
      ...{ 'service.name': serviceName, 'service.version': version, 'service.instance.id': nodeId },
      ...resourceAttributes,
    }),
  );
  const queue = createSpanQueue(new OTLPTraceExporter({ url, headers: { ...headers } }), { logger, metrics });
  const provider = new TracerProvider({ resource, sampler: toSampler(settings), spanProcessors: [queue] });
  const tracer = provider.getTracer('claude-sdk-pattern', version, { schemaUrl: SCHEMA_URL });
  let closing: Promise<void> | undefined;

  const start = (name: string, { role = 'internal', parent, attributes, startTime }: SpanOptions = {}): ActiveSpan => {
    const above = parent === undefined ? findCorrelation()?.span : parent;
    const context = above === undefined || above === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above);
    const span = tracer.startSpan(
      name,
      {
        kind: KINDS[role],
        ...(attributes !== undefined && { attributes: mask(attributes) }),
        ...(startTime !== undefined && { startTime }),
      },
      context,
    );
    const isRecording = span.isRecording();
    return {
      context: span.spanContext(),
      isRecording,
      set: (more) => void (isRecording && span.setAttributes(mask(more))),
      note: (event, more) => void (isRecording && span.addEvent(event, more && mask(more))),
      end({ error, endTime } = {}) {
        if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
        span.end(endTime);
      },
    };
  };

  return {
    start,
    read: readContext,
    add: (span) => queue.onEnd(span),
    resource,
    hasContents,
    // Masked before it is cut, so that no part of a secret is left.
    toContent: (value) => mask(JSON.stringify(value) ?? '').slice(0, MAX_CONTENT_CHARS),
    close() {
      closing ??= Promise.race([provider.shutdown(), delay(CLOSE_WAIT_MS, undefined, { ref: false })]).catch(
        // The queue has told it.
        () => undefined,
      );
      return closing;
    },
  };
}

function readContext(said: { traceparent?: unknown; tracestate?: unknown }): SpanContext | undefined {
  const { traceparent, tracestate } = said;
  if (typeof traceparent !== 'string') return undefined;
  const parsed = parseTraceParent(traceparent);
  if (parsed === null) return undefined;
  const hasState = typeof tracestate === 'string' && tracestate.length <= MAX_STATE_CHARS;
  return { ...parsed, isRemote: true, ...(hasState && { traceState: new TraceState(tracestate) }) };
}

function toSampler({ sampler, ratio }: TracingSettings): Sampler {
  const [root, isParentBased] = [sampler.replace('parentbased_', ''), sampler.startsWith('parentbased_')];
  const chosen =
    root === 'always_off'
      ? new AlwaysOffSampler()
      : root === 'always_on'
        ? new AlwaysOnSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return isParentBased ? new ParentBasedSampler({ root: chosen }) : chosen;
}
