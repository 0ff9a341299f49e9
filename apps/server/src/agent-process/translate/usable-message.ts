import { z } from 'zod';

/** More blocks than a message of a model has. Blocks are kept in an array by their index. */
const MAX_INDEX = 1000;
/** Larger numbers are not times. */
const MAX_SECONDS = 1e11;

const count = z.number().min(0);
const thread = z.string().nullable();
const typed = z.looseObject({ type: z.string() });
const usage = z.looseObject({
  input_tokens: count.nullish(),
  output_tokens: count.nullish(),
  cache_creation_input_tokens: count.nullish(),
  cache_read_input_tokens: count.nullish(),
});

/** Checks the fields listed for a message's type, and nothing of other types. */
function byType(schemas: Readonly<Record<string, z.ZodType>>, field = 'type') {
  return z.looseObject({ [field]: z.string() }).superRefine((value, context) => {
    const type = value[field] as string;
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
    const problem = schema?.safeParse(value).error;
    if (problem) context.addIssue(problem.issues[0]?.message ?? 'It has another shape');
  });
}

const toolUse = z.looseObject({ id: z.string(), name: z.string() });
const assistantBlock = byType({
  text: z.looseObject({ text: z.string() }),
  thinking: z.looseObject({ thinking: z.string() }),
  tool_use: toolUse,
  server_tool_use: toolUse,
});

const source = byType({
  base64: z.looseObject({ media_type: z.string(), data: z.string() }),
  url: z.looseObject({ url: z.string() }),
});
const resultBlock = byType({ text: z.looseObject({ text: z.string() }), image: z.looseObject({ source }) });
const userBlock = byType({
  text: z.looseObject({ text: z.string() }),
  tool_result: z.looseObject({
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(resultBlock)]).optional(),
    is_error: z.boolean().nullish(),
  }),
});

const index = z.number().int().min(0).max(MAX_INDEX);
const streamEvent = byType({
  message_start: z.looseObject({ message: z.looseObject({ id: z.string(), usage: usage.optional() }) }),
  content_block_start: z.looseObject({ index, content_block: typed }),
  content_block_delta: z.looseObject({
    index,
    delta: byType({
      text_delta: z.looseObject({ text: z.string() }),
      thinking_delta: z.looseObject({ thinking: z.string() }),
    }),
  }),
  message_delta: z.looseObject({
    usage: usage.optional(),
    delta: z.looseObject({ stop_reason: z.string().nullish() }),
  }),
});

const text = z.looseObject({ content: z.string() });
const systemMessage = byType(
  {
    status: z.looseObject({ compact_error: z.string().optional() }),
    api_retry: z.looseObject({
      error: z.string(),
      error_status: z.number().int().nullable(),
      attempt: count,
      max_retries: count,
      retry_delay_ms: count.max(MAX_SECONDS),
    }),
    task_started: z.looseObject({
      task_id: z.string(),
      is_backgrounded: z.boolean().optional(),
      task_type: z.string().optional(),
      tool_use_id: z.string().optional(),
      subagent_type: z.string().optional(),
      description: z.string(),
    }),
    task_updated: z.looseObject({
      task_id: z.string(),
      patch: z.looseObject({ is_backgrounded: z.boolean().optional() }),
    }),
    task_notification: z.looseObject({
      task_id: z.string(),
      tool_use_id: z.string().optional(),
      status: z.enum(['completed', 'failed', 'stopped']),
      summary: z.string(),
    }),
    background_tasks_changed: z.looseObject({ tasks: z.array(z.looseObject({ task_id: z.string() })) }),
    local_command_output: text,
    informational: text,
    notification: z.looseObject({ text: z.string() }),
    model_refusal_fallback: text,
    model_refusal_no_fallback: text,
    mirror_error: z.looseObject({ error: z.string() }),
    session_writes_lost: z.looseObject({ error_code: z.union([z.string(), z.number()]).nullish() }),
  },
  'subtype',
);

const tokens = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheCreationInputTokens: count,
});

/**
 * The fields that the translation relies on. A program of the agent can write to the CLI's output, so any JSON may
 * come instead of what the SDK types.
 */
const usableMessage = byType({
  assistant: z.looseObject({
    parent_tool_use_id: thread,
    error: z.string().optional(),
    message: z.looseObject({
      id: z.string(),
      content: z.array(assistantBlock),
      stop_reason: z.string().nullish(),
      stop_details: z.looseObject({ category: z.string().nullish(), explanation: z.string().nullish() }).nullish(),
    }),
  }),
  user: z.looseObject({
    parent_tool_use_id: thread,
    message: z.looseObject({ content: z.union([z.string(), z.array(userBlock)]) }),
  }),
  stream_event: z.looseObject({ parent_tool_use_id: thread, event: streamEvent }),
  result: z.looseObject({
    is_error: z.boolean(),
    total_cost_usd: count,
    stop_reason: z.string().nullish(),
    modelUsage: z.record(z.string(), tokens),
  }),
  system: systemMessage,
  rate_limit_event: z.looseObject({
    rate_limit_info: z.looseObject({
      status: z.string(),
      resetsAt: count.max(MAX_SECONDS).optional(),
    }),
  }),
  conversation_reset: z.looseObject({ trigger: z.string().optional() }),
});

/**
 * Whether the fields that the translation reads have the types that the message's type promises. Messages of unknown
 * types pass.
 */
export function isUsableMessage(message: unknown): boolean {
  return usableMessage.safeParse(message).success;
}
