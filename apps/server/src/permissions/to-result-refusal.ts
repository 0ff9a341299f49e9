import { CspError, type UserCustomToolResultEvent } from '@claude-sdk-pattern/protocol';

import type { Store } from '../store/port.ts';

/**
 * Why the result of a custom tool cannot be taken: there is no such call, it is none of a custom tool, or it has ended. Always
 * 400: the official SDK (1.14.0) sends a result again for five minutes where it is refused with 409.
 */
export async function toResultRefusal(
  { events }: Pick<Store, 'events'>,
  { sessionId, callId, given }: { sessionId: string; callId: string; given: UserCustomToolResultEvent | undefined },
): Promise<CspError> {
  const details = { field: 'custom_tool_use_id' };
  const call = (await events.find(sessionId, callId))?.body;
  if (call?.type === 'agent.tool_use' || call?.type === 'agent.mcp_tool_use')
    return new CspError(
      'invalid_request',
      `Tool call ${callId} is none of a custom tool. Where it waits, answer it with a user.tool_confirmation`,
      { details },
    );
  if (call?.type !== 'agent.custom_tool_use')
    return new CspError('invalid_request', `Session ${sessionId} has no custom tool call ${callId}`, { details });
  if (given === undefined)
    return new CspError('invalid_request', `Custom tool call ${callId} does not wait for a result any more`, {
      details,
    });
  const how = given.cut_off === true ? 'ended without a result' : 'already has another result';
  return new CspError(
    'invalid_request',
    `Custom tool call ${callId} ${how}, since ${given.processed_at}. What you sent changed nothing`,
    { details },
  );
}
