import type {
  Message,
  RawContentBlockDelta,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
  Usage,
} from '@anthropic-ai/sdk/resources/messages';
import type { RefusalDetails, UsageFields } from './reply.ts';

/** An event of the stream; `ping` is not part of the SDK's union. */
export type StreamEvent = RawMessageStreamEvent | { type: 'ping' };

type StartedBlock = RawContentBlockStartEvent['content_block'];

/** The event that opens a message, which has no content yet. */
export function toMessageStart(id: string, model: string, usage: Required<UsageFields>): StreamEvent {
  const message: Message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: toUsage(usage),
  };
  return { type: 'message_start', message };
}

export function toBlockStart(index: number, block: StartedBlock): StreamEvent {
  return { type: 'content_block_start', index, content_block: block };
}

export function toBlockDelta(index: number, delta: RawContentBlockDelta): StreamEvent {
  return { type: 'content_block_delta', index, delta };
}

/** The event with the stop reason and the final token counts. */
export function toMessageDelta(
  { stopReason, refusal }: { stopReason: Message['stop_reason']; refusal: RefusalDetails | undefined },
  usage: Required<UsageFields>,
): StreamEvent {
  // A test may give a category that is not in the SDK's list: the API adds some over time.
  const stop_details = refusal === undefined ? null : ({ type: 'refusal', ...refusal } as Message['stop_details']);
  return {
    type: 'message_delta',
    delta: { stop_reason: stopReason, stop_sequence: null, stop_details, container: null },
    usage: { ...usage, output_tokens_details: null, server_tool_use: null },
  };
}

/** The counts that an event states. */
export function findUsage(event: StreamEvent): UsageFields {
  const usage =
    event.type === 'message_start' ? event.message.usage : event.type === 'message_delta' ? event.usage : {};
  const stated = Object.entries(usage).filter(
    (entry): entry is [keyof UsageFields, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(stated);
}

/** Folds a whole stream into the message that a request without `stream` gets. */
export function foldMessage(events: Iterable<StreamEvent>): Message | undefined {
  let message: Message | undefined;
  let json = '';
  for (const event of events) {
    if (event.type === 'message_start') message = { ...event.message, content: [] };
    if (message === undefined) continue;
    const block = message.content.at(-1);
    if (event.type === 'content_block_start') {
      message.content.push({ ...event.content_block });
      json = '';
    }
    if (event.type === 'content_block_delta') {
      const { delta } = event;
      if (delta.type === 'text_delta' && block?.type === 'text') block.text += delta.text;
      if (delta.type === 'thinking_delta' && block?.type === 'thinking') block.thinking += delta.thinking;
      if (delta.type === 'signature_delta' && block?.type === 'thinking') block.signature = delta.signature;
      if (delta.type === 'input_json_delta') json += delta.partial_json;
    }
    if (event.type === 'content_block_stop' && block?.type === 'tool_use') block.input = JSON.parse(json) as unknown;
    if (event.type === 'message_delta') {
      message.stop_reason = event.delta.stop_reason;
      message.stop_details = event.delta.stop_details;
      message.usage.output_tokens = event.usage.output_tokens;
    }
  }
  return message;
}

function toUsage(fields: Required<UsageFields>): Usage {
  return {
    ...fields,
    cache_creation: {
      ephemeral_5m_input_tokens: fields.cache_creation_input_tokens,
      ephemeral_1h_input_tokens: 0,
    },
    inference_geo: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: null,
  };
}
