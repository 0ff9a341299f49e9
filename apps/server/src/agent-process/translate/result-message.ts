import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk';

import { isOfHeldReport } from '../../hooks/held-report.ts';
import { closeToolUses } from './close-tool-uses.ts';
import { describeCut, findCut } from './cut-answer.ts';
import { toErrorEvent } from './error-event.ts';
import { closeRequest } from './model-request.ts';
import { toEvent, toSignal, type Translation, type TranslationContext } from './translation.ts';
import type { TranslationState, TurnUsage } from './translation-state.ts';

/** The end of a turn. The session decides what follows, for example after an interrupt. */
export function translateResult(
  state: TranslationState,
  message: SDKResultMessage,
  context: TranslationContext,
): Translation {
  if (message.subtype === 'success' && isOfHeldReport(message.result)) return { state, outputs: [] };
  const request = closeRequest(state, context, { isError: message.is_error });
  const closed = closeToolUses(request.state, context);
  const usage = sumUsage(message);
  const shortfall = findShortfall(state, message);
  const signal = toSignal({
    type: 'turn_ended',
    outcome: message.is_error || shortfall !== undefined ? 'failed' : 'completed',
    costUsd: Math.max(0, message.total_cost_usd - state.costUsd),
    usage: toDifference(usage, state.usage),
    changedFiles: state.changedFiles,
    refusal: message.is_error ? state.refusal : null,
    isOfTask: message.origin?.kind === 'task-notification' && message.user_message_uuid === undefined,
  });
  return {
    state: {
      ...closed.state,
      changedFiles: [],
      costUsd: message.total_cost_usd,
      usage,
      retriedError: null,
      refusal: null,
      cut: null,
      owesStructure: false,
    },
    outputs: [
      ...request.outputs,
      ...closed.outputs,
      ...(shortfall === undefined ? [] : [toShortfallEvent(shortfall, context)]),
      signal,
    ],
  };
}

/**
 * A sentence about what is missing in a turn that the CLI (2.1.332) reports as a success; undefined for a complete
 * turn.
 */
function findShortfall(state: TranslationState, message: SDKResultMessage): string | undefined {
  if (message.is_error || message.subtype !== 'success') return undefined;
  const cut = findCut(message.stop_reason);
  if (cut !== null) return describeCut(cut);
  if (!state.owesStructure || message.structured_output !== undefined) return undefined;
  return 'The agent did not answer in the structure that was asked for, not even when it was told to. Send a message to ask again';
}

function toShortfallEvent(message: string, context: TranslationContext) {
  const options = { message, retryStatus: 'exhausted', statusCode: null, context } as const;
  return toEvent(toErrorEvent('invalid_request', options));
}

/**
 * The sum over all calls of the process so far, like the cost. The result's own `usage` is of one turn, without
 * subagents, compaction and cut answers (SDK 0.3.330).
 */
function sumUsage({ modelUsage }: SDKResultMessage): TurnUsage {
  const sum = (field: keyof TurnUsage) => Object.values(modelUsage).reduce((total, each) => total + each[field], 0);
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadInputTokens: sum('cacheReadInputTokens'),
    cacheCreationInputTokens: sum('cacheCreationInputTokens'),
  };
}

/** Never negative: the CLI begins again at zero with a conversation that was cleared. */
function toDifference(now: TurnUsage, before: TurnUsage): TurnUsage {
  const since = (field: keyof TurnUsage) => Math.max(0, now[field] - before[field]);
  return {
    inputTokens: since('inputTokens'),
    outputTokens: since('outputTokens'),
    cacheReadInputTokens: since('cacheReadInputTokens'),
    cacheCreationInputTokens: since('cacheCreationInputTokens'),
  };
}
