import { stamp, toEvent, type TranslationContext, type TranslationOutput } from './translation.ts';
import { NO_USAGE, type OpenRequest, type TranslationState } from './translation-state.ts';

/** Opens the span of a model request, unless one is open: the CLI says "requesting" before the stream begins. */
export function openRequest(
  state: TranslationState,
  context: TranslationContext,
): { state: TranslationState; request: OpenRequest; outputs: TranslationOutput[] } {
  if (state.request !== null) return { state, request: state.request, outputs: [] };
  const start = { ...stamp(context), type: 'span.model_request_start' } as const;
  const request: OpenRequest = {
    startEventId: start.id,
    messageId: null,
    blocks: [],
    usage: NO_USAGE,
    heldResults: [],
  };
  return { state: { ...state, request }, request, outputs: [toEvent(start)] };
}

/**
 * Closes the open span, if any. Blocks that have not become a message become one with `cut_off`. Results of tools
 * that ran before the end follow it.
 */
export function closeRequest(
  state: TranslationState,
  context: TranslationContext,
  options: { isError: boolean },
): { state: TranslationState; outputs: TranslationOutput[] } {
  const { request } = state;
  if (request === null) return { state, outputs: [] };
  const end = {
    ...stamp(context),
    type: 'span.model_request_end',
    model_request_start_id: request.startEventId,
    is_error: options.isError,
    model_usage: request.usage,
  } as const;
  return {
    state: { ...state, request: null },
    outputs: [...cutOff(request, context), toEvent(end), ...request.heldResults.map(toEvent)],
  };
}

/** Events for the blocks whose message never came. They have the ids of the previews, which end with them. */
function cutOff({ blocks }: OpenRequest, context: TranslationContext): TranslationOutput[] {
  return blocks.flatMap((block) => {
    const common = { ...stamp(context), id: block?.eventId, cut_off: true } as const;
    switch (block?.type) {
      case 'text':
        if (block.text === '') return [];
        return [toEvent({ ...common, type: 'agent.message', content: [{ type: 'text', text: block.text }] })];
      case 'thinking':
        return [toEvent({ ...common, type: 'agent.thinking', text: block.text })];
      default:
        return [];
    }
  });
}
