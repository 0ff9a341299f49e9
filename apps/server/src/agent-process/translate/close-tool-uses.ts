import { toEvent, stamp, type TranslationContext, type TranslationOutput } from './translation.ts';
import type { KnownToolUse, TranslationState } from './translation-state.ts';

/** Text of the result that closes a tool call without a result. */
const CUT_OFF_CALL =
  'This call was cut off: the agent process ended or was stopped before there was a result. What it had done by then stands.';

/** Gives every call without a result a result with `cut_off`, and forgets the calls. */
export function closeToolUses(
  state: TranslationState,
  context: Pick<TranslationContext, 'newEventId' | 'nowMs' | 'isAnswered'>,
): { state: TranslationState; outputs: TranslationOutput[] } {
  const open = [...state.toolUses.values()].filter(
    ({ event, toolUseId }) => event.type !== 'agent.custom_tool_use' || !context.isAnswered(toolUseId),
  );
  const outputs = open.map(({ event }) => toEvent({ ...stamp(context), ...toCutOffResult(event) }));
  return { state: { ...state, toolUses: new Map() }, outputs };
}

/** Without id and time. */
export function toCutOffResult(call: Pick<KnownToolUse['event'], 'id' | 'type' | 'session_thread_id'>) {
  const common = {
    ...(call.session_thread_id != null && { session_thread_id: call.session_thread_id }),
    content: [{ type: 'text' as const, text: CUT_OFF_CALL }],
    is_error: true,
    cut_off: true as const,
  };
  if (call.type === 'agent.custom_tool_use')
    return { ...common, type: 'user.custom_tool_result', custom_tool_use_id: call.id } as const;
  return call.type === 'agent.mcp_tool_use'
    ? ({ ...common, type: 'agent.mcp_tool_result', mcp_tool_use_id: call.id } as const)
    : ({ ...common, type: 'agent.tool_result', tool_use_id: call.id } as const);
}
