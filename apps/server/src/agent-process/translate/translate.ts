import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';

import { translateAssistantMessage } from './assistant-message.ts';
import { translateResult } from './result-message.ts';
import { translateStreamEvent } from './stream-event.ts';
import { translateSystemMessage } from './system-message.ts';
import { toEvent, toSignal, stamp, type Translation, type TranslationContext } from './translation.ts';
import type { TranslationState } from './translation-state.ts';
import { isUsableMessage } from './usable-message.ts';
import { translateUserMessage } from './user-message.ts';

/** Emitted by the CLI beside the typed messages of SDK 0.3.332: when a user message is queued, started, completed. */
interface CommandLifecycleMessage {
  type: 'command_lifecycle';
}

/**
 * Turns one SDK message into session events, previews and signals. Pure: `state` has all that it remembers, `context`
 * all that it needs from outside. A message of an unknown type gives one `unknown_message` signal, one without the
 * fields of its type an `unusable_message`; both change nothing.
 */
export function translate(
  state: TranslationState,
  message: SDKMessage | CommandLifecycleMessage,
  context: TranslationContext,
): Translation {
  if (!isUsableMessage(message)) {
    const messageType = String((message as { type?: unknown } | null)?.type);
    return { state, outputs: [toSignal({ type: 'unusable_message', messageType })] };
  }
  switch (message.type) {
    case 'stream_event':
      return translateStreamEvent(state, message, context);
    case 'assistant':
      return translateAssistantMessage(state, message, context);
    case 'user':
      return translateUserMessage(state, message, context);
    case 'result':
      return translateResult(state, message, context);
    case 'system':
      return translateSystemMessage(state, message, context);
    case 'command_lifecycle':
    case 'tool_progress':
      return { state, outputs: [] };
    case 'rate_limit_event': {
      const info = message.rate_limit_info;
      const resetsAt = info.resetsAt === undefined ? null : new Date(info.resetsAt * 1000).toISOString();
      if (info.status === 'allowed') return { state, outputs: [] };
      const event = {
        ...stamp(context),
        type: 'session.rate_limit',
        status: info.status,
        resets_at: resetsAt,
      } as const;
      return { state, outputs: [toEvent(event)] };
    }
    case 'auth_status':
    case 'tool_use_summary':
    case 'prompt_suggestion':
      return { state, outputs: [] };
    case 'conversation_reset':
      // The CLI continues under another transcript id. This session never resumes from that transcript (2.1.332).
      return {
        state,
        outputs: [
          toSignal({
            type: 'transcript_lost',
            message: `The agent began a new conversation (${message.trigger ?? 'unknown'})`,
          }),
        ],
      };
    default:
      return {
        state,
        outputs: [toSignal({ type: 'unknown_message', messageType: (message as { type: string }).type })],
      };
  }
}
