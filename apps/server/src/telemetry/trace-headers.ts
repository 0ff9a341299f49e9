import type { SpanContext } from '@opentelemetry/api';

/** The headers of W3C Trace Context (level 1): what receives them can become a part of the trace. */
export interface TraceHeaders {
  traceparent: string;
  tracestate?: string;
}

export function toTraceHeaders({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceHeaders {
  const state = traceState?.serialize() ?? '';
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`;
  return { traceparent, ...(state !== '' && { tracestate: state }) };
}
