import type { AttributeValue, Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

import type { ActiveSpan, SpanRole } from './tracing.ts';

/** Of `SpanKind` in OpenTelemetry's API. */
const KINDS: Record<SpanRole, ReadableSpan['kind']> = { internal: 0, server: 1, client: 2 };
/** Of `SpanStatusCode` there. */
const [UNSET, ERROR] = [0, 2];

/** What spans of one server share. */
export interface SpanMaker {
  readonly resource: ReadableSpan['resource'];
  readonly instrumentationScope: ReadableSpan['instrumentationScope'];
  /** Hides secrets in what a span says. */
  mask<T>(value: T): T;
  /** Takes a span that has ended. */
  onEnd(span: ReadableSpan): void;
}

/**
 * A span while it is measured, and what is sent of it. It gathers what is said of it, and masks that once, when it ends: a span
 * of the SDK (3.1), which checks and copies each attribute when it is set, takes three times as long.
 */
export class RecordedSpan implements ActiveSpan, ReadableSpan {
  readonly context: SpanContext;
  readonly isRecording = true;
  name: string;
  readonly kind: ReadableSpan['kind'];
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  endTime: HrTime;
  status: ReadableSpan['status'] = { code: UNSET };
  attributes: Attributes;
  readonly links: ReadableSpan['links'] = [];
  events: ReadableSpan['events'] = [];
  ended = false;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly #maker: SpanMaker;
  readonly #startedAtMs = Date.now();
  readonly #startedAt = performance.now();

  constructor(
    name: string,
    {
      context,
      parent,
      role,
      attributes,
    }: { context: SpanContext; parent: SpanContext | undefined; role: SpanRole; attributes: Attributes | undefined },
    maker: SpanMaker,
  ) {
    this.name = name;
    this.context = context;
    this.kind = KINDS[role];
    if (parent !== undefined) this.parentSpanContext = parent;
    this.attributes = { ...attributes };
    this.#maker = maker;
    this.startTime = toHrTime(this.#startedAtMs);
    this.endTime = this.startTime;
  }

  rename(name: string): void {
    this.name = name;
  }

  set(attributes: Attributes): void {
    if (!this.ended) Object.assign(this.attributes, attributes);
  }

  note(event: string, attributes?: Record<string, AttributeValue>): void {
    if (this.ended) return;
    this.events.push({ name: event, time: this.#now(), ...(attributes && { attributes }), droppedAttributesCount: 0 });
  }

  end({ error }: { error?: string | undefined } = {}): void {
    if (this.ended) return;
    if (error !== undefined) {
      this.attributes['error.type'] = error;
      this.status = { code: ERROR };
    }
    this.endTime = this.#now();
    this.ended = true;
    const { mask, onEnd } = this.#maker;
    this.attributes = mask(this.attributes);
    if (this.events.length > 0) this.events = mask(this.events);
    onEnd(this);
  }

  spanContext(): SpanContext {
    return this.context;
  }

  get duration(): HrTime {
    const [seconds, nanos] = [this.endTime[0] - this.startTime[0], this.endTime[1] - this.startTime[1]];
    return nanos < 0 ? [seconds - 1, nanos + 1e9] : [seconds, nanos];
  }

  get resource(): ReadableSpan['resource'] {
    return this.#maker.resource;
  }

  get instrumentationScope(): ReadableSpan['instrumentationScope'] {
    return this.#maker.instrumentationScope;
  }

  /** The clock of the machine may jump while a span is measured. */
  #now(): HrTime {
    return toHrTime(this.#startedAtMs + performance.now() - this.#startedAt);
  }
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
