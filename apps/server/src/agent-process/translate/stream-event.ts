import type { SDKPartialAssistantMessage } from '@anthropic-ai/claude-agent-sdk';

import { closeRequest, openRequest } from './model-request.ts';
import { toPreview, type Translation, type TranslationContext, type TranslationOutput } from './translation.ts';
import type { OpenBlock, OpenRequest, RequestUsage, TranslationState } from './translation-state.ts';

type StreamEvent = SDKPartialAssistantMessage['event'];

/** Model streams of the session's own agent become previews; those of subagents are not streamed. */
export function translateStreamEvent(
  state: TranslationState,
  message: SDKPartialAssistantMessage,
  context: TranslationContext,
): Translation {
  if (message.parent_tool_use_id !== null) return { state, outputs: [] };
  const { event } = message;
  switch (event.type) {
    case 'message_start': {
      // A stream that began again without an end of the one before: that one is over.
      const before =
        state.request?.messageId == null ? { state, outputs: [] } : closeRequest(state, context, { isError: true });
      const opened = openRequest(before.state, context);
      const request = {
        ...opened.request,
        messageId: event.message.id,
        usage: mergeUsage(opened.request.usage, event.message.usage),
      };
      return { state: { ...opened.state, request }, outputs: [...before.outputs, ...opened.outputs] };
    }
    case 'content_block_start':
      return startBlock(state, event, context);
    case 'content_block_delta':
      return { state, outputs: toDeltaPreviews(state.request, event) };
    case 'message_delta': {
      if (state.request === null) return { state, outputs: [] };
      const request = { ...state.request, usage: mergeUsage(state.request.usage, event.usage) };
      return { state: { ...state, request }, outputs: [] };
    }
    case 'message_stop':
      return closeRequest(state, context, { isError: false });
    default:
      return { state, outputs: [] };
  }
}

function startBlock(
  state: TranslationState,
  event: Extract<StreamEvent, { type: 'content_block_start' }>,
  context: TranslationContext,
): Translation {
  const opened = openRequest(state, context);
  const { type } = event.content_block;
  const block: OpenBlock = { eventId: context.newEventId(), type, startedAtMs: context.nowMs };
  const blocks = [...opened.request.blocks];
  blocks[event.index] = block;
  const outputs: TranslationOutput[] = [...opened.outputs];
  const previewType = PREVIEWED[type];
  if (previewType !== undefined) {
    outputs.push(toPreview({ type: 'event_start', event: { id: block.eventId, type: previewType } }));
  }
  return { state: { ...opened.state, request: { ...opened.request, blocks } }, outputs };
}

const PREVIEWED: Readonly<Record<string, 'agent.message' | 'agent.thinking'>> = {
  text: 'agent.message',
  thinking: 'agent.thinking',
};

function toDeltaPreviews(
  request: OpenRequest | null,
  event: Extract<StreamEvent, { type: 'content_block_delta' }>,
): TranslationOutput[] {
  const block = request?.blocks[event.index];
  if (block === undefined) return [];
  const text =
    event.delta.type === 'text_delta'
      ? event.delta.text
      : event.delta.type === 'thinking_delta'
        ? event.delta.thinking
        : '';
  if (text === '') return [];
  return [
    toPreview({
      type: 'event_delta',
      event_id: block.eventId,
      delta: { type: 'content_delta', content: { type: 'text', text }, index: 0 },
    }),
  ];
}

/** Later figures replace earlier ones; a null means "not stated", as in the API's `message_delta`. */
function mergeUsage(
  usage: RequestUsage,
  stated: { [K in keyof RequestUsage]?: number | null } | undefined,
): RequestUsage {
  return {
    input_tokens: stated?.input_tokens ?? usage.input_tokens,
    output_tokens: stated?.output_tokens ?? usage.output_tokens,
    cache_creation_input_tokens: stated?.cache_creation_input_tokens ?? usage.cache_creation_input_tokens,
    cache_read_input_tokens: stated?.cache_read_input_tokens ?? usage.cache_read_input_tokens,
  };
}
