import { AsyncLocalStorage } from 'node:async_hooks';

import type { SpanContext } from '@opentelemetry/api';

/** What work belongs to. Every line that is logged meanwhile has it, and every span that begins is a part of `span`. */
export interface Correlation {
  /** Of the HTTP request, or of the connection of a frame. */
  request_id?: string;
  /** The client's own id of a frame. */
  frame_id?: string;
  session_id?: string;
  /** Number of the turn in its session. */
  turn?: number | undefined;
  /** Of a model call. */
  call_id?: string;
  span?: SpanContext | undefined;
}

const storage = new AsyncLocalStorage<Correlation>();

/** Runs work that belongs to this, in addition to what the caller's work belongs to. */
export function correlate<T>(fields: Correlation, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** Runs work that has nothing to do with what the caller's work belongs to, and may outlast it. */
export function correlateAnew<T>(fields: Correlation, work: () => T): T {
  return storage.run(fields, work);
}

/** Of the work that runs now. */
export function findCorrelation(): Correlation | undefined {
  return storage.getStore();
}

/** The fields of a line of the log. `trace_id` and `span_id` are named as OpenTelemetry names them in logs. */
export function toLogFields({ span, ...fields }: Correlation): Record<string, unknown> {
  return span === undefined ? fields : { ...fields, trace_id: span.traceId, span_id: span.spanId };
}
