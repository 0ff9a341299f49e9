import type { SDKPartialAssistantMessage } from '@anthropic-ai/claude-agent-sdk';

import { findCut } from './cut-answer.ts';
import { closeRequest, openRequest } from './model-request.ts';
import { toPreview, type Translation, type TranslationContext, type TranslationOutput } from './translation.ts';
import type { OpenBlock, RequestUsage, TranslationState } from './translation-state.ts';

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
      // A new stream has begun without an end of the one before, so that one is closed.
      const before =
        state.request?.messageId == null ? { state, outputs: [] } : closeRequest(state, context, { isError: true });
      const opened = openRequest(before.state, context);
      const request = {
        ...opened.request,
        messageId: event.message.id,
        usage: mergeUsage(opened.request.usage, event.message.usage),
      };
      return { state: { ...opened.state, request, cut: null }, outputs: [...before.outputs, ...opened.outputs] };
    }
    case 'content_block_start':
      return startBlock(state, event, context);
    case 'content_block_delta':
      return addDelta(state, event);
    case 'message_delta': {
      if (state.request === null) return { state, outputs: [] };
      const request = { ...state.request, usage: mergeUsage(state.request.usage, event.usage) };
      return { state: { ...state, request, cut: findCut(event.delta.stop_reason) }, outputs: [] };
    }
    case 'message_stop': {
      const isError = isAbandoned(message);
      const closed = closeRequest(state, context, { isError });
      return isError ? { ...closed, state: { ...closed.state, cut: 'broken' } } : closed;
    }
    default:
      return { state, outputs: [] };
  }
}

/** Whether the CLI ended the message early: its stream broke, or it was told to stop (2.1.332, not typed). */
function isAbandoned(message: SDKPartialAssistantMessage): boolean {
  return 'abandoned_blocks' in message && message.abandoned_blocks !== undefined;
}

function startBlock(
  state: TranslationState,
  event: Extract<StreamEvent, { type: 'content_block_start' }>,
  context: TranslationContext,
): Translation {
  const opened = openRequest(state, context);
  const { type } = event.content_block;
  const block: OpenBlock = { eventId: context.newEventId(), type, startedAtMs: context.nowMs, text: '' };
  const blocks = [...opened.request.blocks];
  blocks[event.index] = block;
  const outputs: TranslationOutput[] = [...opened.outputs];
  // A text may stay empty, and then no event ends its preview.
  if (type === 'thinking') outputs.push(toStart(block, 'agent.thinking'));
  return { state: { ...opened.state, request: { ...opened.request, blocks } }, outputs };
}

function toStart(block: OpenBlock, type: 'agent.message' | 'agent.thinking'): TranslationOutput {
  return toPreview({ type: 'event_start', event: { id: block.eventId, type } });
}

function addDelta(
  state: TranslationState,
  { index, delta }: Extract<StreamEvent, { type: 'content_block_delta' }>,
): Translation {
  const { request } = state;
  const block = request?.blocks[index];
  const text = delta.type === 'text_delta' ? delta.text : delta.type === 'thinking_delta' ? delta.thinking : '';
  if (request === null || block === undefined || text === '') return { state, outputs: [] };
  const blocks = request.blocks.with(index, { ...block, text: block.text + text });
  const content = { type: 'text', text } as const;
  const begins = block.type === 'text' && block.text === '';
  return {
    state: { ...state, request: { ...request, blocks } },
    outputs: [
      ...(begins ? [toStart(block, 'agent.message')] : []),
      toPreview({
        type: 'event_delta',
        event_id: block.eventId,
        delta: { type: 'content_delta', content, index: 0 },
      }),
    ],
  };
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
