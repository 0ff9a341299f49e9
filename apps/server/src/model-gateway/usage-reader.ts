import { z } from 'zod';

import { NO_CALL_USAGE, type CallUsage } from '../usage/call-usage.ts';

const count = z.number().nullish();
const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.object({ ephemeral_1h_input_tokens: count }).nullish().catch(undefined),
  server_tool_use: z.object({ web_search_requests: count }).nullish().catch(undefined),
  speed: z.string().nullish().catch(undefined),
  inference_geo: z.string().nullish().catch(undefined),
});
/** `message_start`, `message_delta` and a whole message, as the Messages API documents them. */
const carrier = z.object({
  model: z.string().optional(),
  usage: usage.optional(),
  message: z.object({ model: z.string().optional(), usage: usage.optional() }).optional(),
});

const NEW_LINE = 10;
/** Begins the types of the events that carry usage. */
const CARRIER = '"message_';

/** Bytes of one SSE line that are kept while looking for usage; longer ones are passed over. */
const MAX_LINE_BYTES = 256 * 1024;
/** The same for a whole JSON answer. It is as large as the longest answer of a model, so that none goes unmetered. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Reads the usage from the passing bytes of an answer. Give it every chunk, then ask. */
export interface UsageReader {
  push(chunk: Buffer): void;
  /** Whether the answer has said that it is complete: what follows uses nothing. Of one that is not streamed, known at its end. */
  readonly isComplete: boolean;
  /** So far. */
  readonly usage: CallUsage;
  /** How often the answer has said what it used. */
  readonly statements: number;
  end(): CallUsage;
}

export function createUsageReader(contentType: string): UsageReader {
  const result: CallUsage = { ...NO_CALL_USAGE };
  let isComplete = false;
  let statements = 0;
  const isStream = contentType.includes('text/event-stream');
  const maxKeptBytes = isStream ? MAX_LINE_BYTES : MAX_ANSWER_BYTES;
  let kept: Buffer[] = [];
  let keptBytes = 0;

  const read = (json: string) => {
    const parsed = carrier.safeParse(parseJson(json));
    if (!parsed.success) return;
    statements += 1;
    const stated = parsed.data.message?.usage ?? parsed.data.usage;
    result.model = parsed.data.message?.model ?? parsed.data.model ?? result.model;
    result.inputTokens = stated?.input_tokens ?? result.inputTokens;
    result.outputTokens = stated?.output_tokens ?? result.outputTokens;
    result.cacheReadTokens = stated?.cache_read_input_tokens ?? result.cacheReadTokens;
    result.cacheWriteTokens = stated?.cache_creation_input_tokens ?? result.cacheWriteTokens;
    result.cacheWrite1hTokens = stated?.cache_creation?.ephemeral_1h_input_tokens ?? result.cacheWrite1hTokens;
    result.webSearches = stated?.server_tool_use?.web_search_requests ?? result.webSearches;
    result.speed = stated?.speed ?? result.speed;
    result.inferenceGeo = stated?.inference_geo ?? result.inferenceGeo;
  };

  const keep = (bytes: Buffer) => {
    keptBytes += bytes.length;
    if (keptBytes <= maxKeptBytes) kept.push(bytes);
  };

  const takeLine = (line: string) => {
    if (!line.startsWith('data:')) return;
    if (line.includes('"message_start"') || line.includes('"message_delta"')) read(line.slice(5));
    else if (isStop(line.slice(5))) isComplete = true;
  };

  const takeKept = () => {
    if (keptBytes <= maxKeptBytes) takeLine(Buffer.concat(kept).toString('utf8'));
    kept = [];
    keptBytes = 0;
  };

  return {
    get isComplete() {
      return isComplete;
    },
    get usage() {
      return { ...result };
    },
    get statements() {
      return statements;
    },
    push(chunk) {
      if (!isStream) {
        keep(chunk);
        return;
      }
      let from = 0;
      if (keptBytes > 0) {
        const end = chunk.indexOf(NEW_LINE);
        keep(end === -1 ? chunk : chunk.subarray(0, end));
        if (end === -1) return;
        takeKept();
        from = end + 1;
      }
      const tail = chunk.lastIndexOf(NEW_LINE) + 1;
      // Few events carry usage, and the answer's first bytes wait for this: the other lines are never decoded.
      for (let at = chunk.indexOf(CARRIER, from); at !== -1 && at < tail; at = chunk.indexOf(CARRIER, from)) {
        const end = chunk.indexOf(NEW_LINE, at);
        takeLine(chunk.toString('utf8', Math.max(from, chunk.lastIndexOf(NEW_LINE, at) + 1), end));
        from = end + 1;
      }
      from = Math.max(from, tail);
      if (from < chunk.length) keep(chunk.subarray(from));
    },
    end() {
      if (isStream) takeKept();
      else if (keptBytes <= maxKeptBytes) read(Buffer.concat(kept).toString('utf8'));
      isComplete ||= !isStream && statements > 0;
      return result;
    },
  };
}

/** The event itself, not a text that looks like it. */
function isStop(json: string): boolean {
  return (
    json.includes('"message_stop"') &&
    (parseJson(json) as { type?: unknown } | null | undefined)?.type === 'message_stop'
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
