import { z } from 'zod';

/** OTLP 1.x as JSON: what is read of it. Numbers of 64 bits come as texts. */
const number = z.union([z.number(), z.string().transform(Number)]);
const attribute = z.object({
  key: z.string().max(200),
  value: z.object({
    stringValue: z.string().optional(),
    intValue: number.optional(),
    doubleValue: number.optional(),
    boolValue: z.boolean().optional(),
  }),
});
const attributes = z.array(attribute).max(128).default([]);
const hex = (chars: number) => z.string().regex(new RegExp(`^[0-9a-f]{${chars}}$`));
const time = z.string().regex(/^\d{1,20}$/);

const span = z.object({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).or(z.literal('')).optional(),
  name: z.string().max(200),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  status: z.object({ code: z.number().optional() }).optional(),
});
export type ReportedSpan = z.infer<typeof span>;

const point = z.object({ attributes, asInt: number.optional(), asDouble: number.optional() });
const metric = z.object({
  name: z.string().max(200),
  /** 1 is delta: what has been added since the last report. */
  sum: z.object({ dataPoints: z.array(point), aggregationTemporality: z.number() }).optional(),
});
export type ReportedMetric = z.infer<typeof metric>;

const log = z.object({ traceId: hex(32).or(z.literal('')).optional(), attributes });

const scoped = <Name extends string, Item extends z.ZodType>(name: Name, item: Item) =>
  z.array(z.object({ [name]: z.array(item) } as { [K in Name]: z.ZodArray<Item> }));

export const traceReport = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: scoped('spans', span) })).default([]),
});
export const metricReport = z.object({
  resourceMetrics: z.array(z.object({ scopeMetrics: scoped('metrics', metric) })).default([]),
});
export const logReport = z.object({
  resourceLogs: z.array(z.object({ scopeLogs: scoped('logRecords', log) })).default([]),
});

/** What agents may say in words: names of models, tools and outcomes. Everything else that is no number or yes or no may be a text of people. */
const WORDS: ReadonlySet<string> = new Set([
  ...['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.tool.name', 'model'],
  ...['gen_ai.tool.call.id', 'tool_name', 'tool_use_id', 'span.type', 'event.name', 'prompt.id', 'message.uuid'],
  ...['decision', 'source', 'query_source', 'query_source_safe', 'stop_reason', 'speed', 'effort', 'type', 'attempt'],
  ...[
    'llm_request.context',
    'start_type',
    'status_code',
    'error_type',
    'hook_event',
    'hook_name',
    'success',
    'agent_id',
  ],
  ...['parent_agent_id', 'permission_mode', 'tool_source', 'duration_ms', 'tool_result_size_bytes', 'prompt_length'],
]);
const MAX_WORD_CHARS = 128;

/** A name or a word that a process made up: without secrets, and then cut, so that no part of one is left. */
export function toSafeWord(said: string, mask: (text: string) => string): string {
  return mask(said).slice(0, MAX_WORD_CHARS);
}

/** Attributes without what may be contents, and without secrets in their keys and values. */
export function toSafeAttributes(
  given: ReportedSpan['attributes'],
  mask: (text: string) => string,
): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = {};
  for (const { key, value } of given) {
    const { stringValue, intValue, doubleValue, boolValue } = value;
    const said = boolValue ?? intValue ?? doubleValue;
    if (said !== undefined) result[toSafeWord(key, mask)] = said;
    else if (stringValue !== undefined && WORDS.has(key)) result[key] = toSafeWord(stringValue, mask);
  }
  return result;
}
