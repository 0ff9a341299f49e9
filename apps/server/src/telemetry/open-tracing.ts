import { setTimeout as delay } from 'node:timers/promises';

import type { SpanContext } from '@opentelemetry/api';
import { TraceState, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

import type { TracingSettings } from '../config/tracing-settings.ts';
import { findCorrelation } from './correlation.ts';
import type { Logger } from './logger.ts';
import { RecordedSpan, type SpanMaker } from './recorded-span.ts';
import { createSpanQueue } from './span-queue.ts';
import type { TraceMetrics } from './trace-metrics.ts';
import { createTraceSampling } from './trace-sampling.ts';
import type { ActiveSpan, SpanOptions, Tracing } from './tracing.ts';

export interface TracingDeps {
  settings: TracingSettings;
  version: string;
  nodeId: string;
  logger: Pick<Logger, 'warn' | 'info'>;
  metrics: TraceMetrics;
  /** Hides secrets in what a span says. */
  mask<T>(value: T): T;
  /** How long spans wait for others, where fewer than a batch have ended. */
  sendEveryMs?: number | undefined;
}

/** The semantic conventions that the names of spans and attributes are from; those of GenAI are in development there. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';
const CLOSE_WAIT_MS = 2000;
const MAX_CONTENT_CHARS = 8000;
/** W3C Trace Context asks for at least that. */
const MAX_STATE_CHARS = 512;

const UNRECORDED: Omit<ActiveSpan, 'context'> = {
  isRecording: false,
  rename: () => undefined,
  set: () => undefined,
  note: () => undefined,
  end: () => undefined,
};

/** Loads OpenTelemetry: import this file only where tracing is on. */
export function openTracing({ settings, version, nodeId, logger, metrics, mask, sendEveryMs }: TracingDeps): Tracing {
  const { url, headers, serviceName, resourceAttributes, hasContents } = settings;
  const resource = defaultResource().merge(
    resourceFromAttributes({
      ...{ 'service.name': serviceName, 'service.version': version, 'service.instance.id': nodeId },
      ...resourceAttributes,
    }),
  );
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers } });
  const queue = createSpanQueue(exporter, { logger, metrics, sendEveryMs });
  const ids = new RandomIdGenerator();
  const isSampled = createTraceSampling({ settings, now: () => performance.now() });
  const instrumentationScope = { name: 'claude-sdk-pattern', version, schemaUrl: SCHEMA_URL };
  const maker: SpanMaker = { resource, instrumentationScope, mask, onEnd: queue.add };
  let closing: Promise<void> | undefined;

  const start = (name: string, { role = 'internal', parent: asked, attributes }: SpanOptions = {}): ActiveSpan => {
    const parent = (asked === undefined ? findCorrelation()?.span : asked) ?? undefined;
    const traceId = parent?.traceId ?? ids.generateTraceId();
    const isKept = isSampled(traceId, parent);
    const context: SpanContext = { traceId, spanId: ids.generateSpanId(), traceFlags: isKept ? 1 : 0 };
    if (parent?.traceState !== undefined) context.traceState = parent.traceState;
    return isKept ? new RecordedSpan(name, { context, parent, role, attributes }, maker) : { ...UNRECORDED, context };
  };

  return {
    start,
    read: readContext,
    add: queue.add,
    resource,
    hasContents,
    // Masked before it is cut, so that no part of a secret is left.
    toContent: (value) => mask(JSON.stringify(value) ?? '').slice(0, MAX_CONTENT_CHARS),
    close() {
      closing ??= Promise.race([queue.close(), delay(CLOSE_WAIT_MS, undefined, { ref: false })]).catch(
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
