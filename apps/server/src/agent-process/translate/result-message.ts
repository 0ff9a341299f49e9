import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk';

import { closeRequest } from './model-request.ts';
import { toSignal, type Translation, type TranslationContext } from './translation.ts';
import type { TranslationState } from './translation-state.ts';

/** The end of a turn. What the session makes of it (interrupted? more waiting?) is the session's to say. */
export function translateResult(
  state: TranslationState,
  message: SDKResultMessage,
  context: TranslationContext,
): Translation {
  const closed = closeRequest(state, context, { isError: message.is_error });
  const signal = toSignal({
    type: 'turn_ended',
    outcome: message.is_error ? 'failed' : 'completed',
    costUsd: Math.max(0, message.total_cost_usd - state.costUsd),
    usage: {
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
      cacheReadInputTokens: message.usage.cache_read_input_tokens,
      cacheCreationInputTokens: message.usage.cache_creation_input_tokens,
    },
    changedFiles: state.changedFiles,
  });
  return {
    state: {
      ...closed.state,
      toolUses: new Map(),
      changedFiles: [],
      costUsd: message.total_cost_usd,
      retriedError: null,
    },
    outputs: [...closed.outputs, signal],
  };
}
