import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

import { toSafeAttributes, toSafeWord, type ReportedSpan } from './otlp.ts';

const NANOS = 1_000_000_000n;
/** Of `SpanKind` and `SpanStatusCode` in OpenTelemetry's API. */
const [INTERNAL, UNSET, ERROR] = [0, 0, 2];

/**
 * A span of an agent process as a part of the turn: in the trace of the turn, and below the turn where the process had it at
 * the top. What it says of itself as a resource is left out.
 */
export function toTurnSpan(
  reported: ReportedSpan,
  {
    turn,
    resource,
    sessionId,
    mask,
  }: {
    turn: SpanContext;
    resource: ReadableSpan['resource'];
    sessionId: string;
    mask: (text: string) => string;
  },
): ReadableSpan {
  const { traceId, traceFlags } = turn;
  const [start, end] = [BigInt(reported.startTimeUnixNano), BigInt(reported.endTimeUnixNano)];
  const parentId = reported.parentSpanId ?? '';
  const attributes = { ...toSafeAttributes(reported.attributes, mask), 'gen_ai.conversation.id': sessionId };
  const context = { traceId, traceFlags, spanId: reported.spanId };
  return {
    name: toSafeWord(reported.name, mask),
    kind: INTERNAL,
    spanContext: () => context,
    parentSpanContext: parentId === '' ? turn : { traceId, traceFlags, spanId: parentId },
    startTime: toHrTime(start),
    endTime: toHrTime(end),
    duration: toHrTime(end > start ? end - start : 0n),
    status: { code: reported.status?.code === ERROR ? ERROR : UNSET },
    attributes,
    ...{ links: [], events: [], ended: true, resource },
    instrumentationScope: { name: 'claude-code' },
    ...{ droppedAttributesCount: reported.attributes.length + 1 - Object.keys(attributes).length },
    ...{ droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

function toHrTime(nanos: bigint): HrTime {
  return [Number(nanos / NANOS), Number(nanos % NANOS)];
}
