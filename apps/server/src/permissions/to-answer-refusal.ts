import { CspError } from '@claude-sdk-pattern/protocol';

import type { Store } from '../store/port.ts';

/** Why an answer to a tool call cannot be taken: there is no such call, nobody asks yet, or it was answered. */
export async function toAnswerRefusal(
  { events, approvals }: Pick<Store, 'events' | 'approvals'>,
  { sessionId, toolUseId }: { sessionId: string; toolUseId: string },
): Promise<CspError> {
  const call = (await events.find(sessionId, toolUseId))?.body;
  if (call?.type !== 'agent.tool_use' && call?.type !== 'agent.mcp_tool_use') {
    return new CspError('invalid_request', `Session ${sessionId} has no tool call ${toolUseId}`, {
      details: { field: 'tool_use_id' },
    });
  }
  // People are asked once the message with the call is complete.
  const isNext = call.evaluated_permission === 'ask' && (await approvals.find(toolUseId)) === undefined;
  const why = isNext
    ? 'does not wait for an answer yet. Answer it when the stop_reason of a session.status_idle event names it'
    : 'does not wait for an answer: it was answered, cancelled, has expired, or needed none';
  return new CspError('state_conflict', `Tool call ${toolUseId} ${why}`, { details: { field: 'tool_use_id' } });
}
