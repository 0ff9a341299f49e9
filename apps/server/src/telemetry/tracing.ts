import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Whom a span is about: a request that came, a request that is made, or work in between. */
export type SpanRole = 'server' | 'client' | 'internal';

export interface SpanOptions {
  role?: SpanRole;
  /** What it is a part of; null begins a trace. By default the span of what runs now. */
  parent?: SpanContext | null | undefined;
  attributes?: Attributes;
}

/** Work that is measured. */
export interface ActiveSpan {
  readonly context: SpanContext;
  /** Whether anything of it is kept: the trace may not be among those that are sampled. */
  readonly isRecording: boolean;
  rename(name: string): void;
  set(attributes: Attributes): void;
  note(event: string, attributes?: Attributes): void;
  /** `error` is a word for what went wrong, without details. Later calls do nothing. */
  end(options?: { error?: string | undefined }): void;
}

/** Traces of OpenTelemetry, sent to the collector of the operator. Never throws, and nothing waits for it. */
export interface Tracing {
  start(name: string, options?: SpanOptions): ActiveSpan;
  /** What headers or a frame say that they are a part of, as `traceparent` and `tracestate`; undefined where that is not valid. */
  read(said: object): SpanContext | undefined;
  /** Sends a span that something else has measured. */
  add(span: ReadableSpan): void;
  /** What every span of this server says of it. */
  readonly resource: ReadableSpan['resource'];
  /** Whether spans have what people, models and tools say. */
  readonly hasContents: boolean;
  /** What is said, as text for an attribute: without secrets, and cut. */
  toContent(value: unknown): string;
  /** Sends what waits, within two seconds. Idempotent. */
  close(): Promise<void>;
}
