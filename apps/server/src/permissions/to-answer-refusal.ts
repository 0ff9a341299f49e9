import { CspError, type GivenAnswer } from '@claude-sdk-pattern/protocol';

import type { Approval, ApprovalState } from '../store/approvals.ts';
import type { Store } from '../store/port.ts';

/** The newest answers that are searched for the name of who gave one. */
const MAX_ANSWERS = 200;

/**
 * Why an answer to a tool call cannot be taken: there is no such call, nobody asks yet, or it has ended. For one that has
 * ended the error is `already_answered`, and its `details.answer` is a `GivenAnswer`.
 */
export async function toAnswerRefusal(
  { events, approvals }: Pick<Store, 'events' | 'approvals'>,
  { sessionId, toolUseId }: { sessionId: string; toolUseId: string },
): Promise<CspError> {
  const call = (await events.find(sessionId, toolUseId))?.body;
  if (call?.type === 'agent.custom_tool_use')
    return new CspError(
      'invalid_request',
      `Call ${toolUseId} is of a custom tool: the program that runs it answers with a user.custom_tool_result`,
      { details: { field: 'tool_use_id' } },
    );
  const isElicitation = call?.type === 'session.elicitation_requested';
  if (!isElicitation && call?.type !== 'agent.tool_use' && call?.type !== 'agent.mcp_tool_use') {
    return new CspError('invalid_request', `Session ${sessionId} has no tool call ${toolUseId}`, {
      details: { field: 'tool_use_id' },
    });
  }
  const approval = await approvals.find(toolUseId);
  if (approval !== undefined && approval.state !== 'pending') {
    return toAnswered(approval, await findAnswer(events, approval));
  }
  // People are asked once the message with the call is complete.
  const isNext = !isElicitation && call.evaluated_permission === 'ask' && approval === undefined;
  const why = isNext
    ? 'does not wait for an answer yet. Answer it when the stop_reason of a session.status_idle event names it'
    : 'does not wait for an answer: it has expired, or needed none';
  return new CspError('state_conflict', `Tool call ${toolUseId} ${why}`, { details: { field: 'tool_use_id' } });
}

const RESULTS = { allowed: 'allow', denied: 'deny', cancelled: 'cancelled', pending: 'cancelled' } as const;
const VERBS: Readonly<Record<ApprovalState, string>> = {
  allowed: 'allowed',
  denied: 'denied',
  cancelled: 'cancelled',
  pending: 'cancelled',
};

function toAnswered({ id, state, decidedAt, createdAt }: Approval, { by, message }: FoundAnswer): CspError {
  const answer: GivenAnswer = { result: RESULTS[state], by, at: decidedAt ?? createdAt, message };
  const who = by?.name ?? (state === 'denied' ? 'The platform, because its time was over,' : 'The platform');
  const told = `${who} already ${VERBS[state]} tool call ${id} at ${answer.at}. Your answer changed nothing`;
  return new CspError('already_answered', told, { details: { field: 'tool_use_id', answer } });
}

type FoundAnswer = Pick<GivenAnswer, 'by' | 'message'>;

/** The name that the person had when they answered, and what they told the agent. */
async function findAnswer(events: Store['events'], { id, sessionId, decidedBy }: Approval): Promise<FoundAnswer> {
  if (decidedBy === null) return { by: null, message: null };
  const types = ['user.tool_confirmation', 'user.interrupt'] as const;
  const newest = await events.list(sessionId, { types: [...types], order: 'desc', limit: MAX_ANSWERS });
  const bodies = newest.map(({ body }) => body);
  const given = bodies.find((body) => body.type === 'user.tool_confirmation' && body.tool_use_id === id);
  const other = bodies.find((body) => 'actor' in body && body.actor?.id === decidedBy);
  const found = given ?? other;
  const by = (found !== undefined && 'actor' in found && found.actor) || { id: decidedBy, name: decidedBy };
  return { by, message: (given?.type === 'user.tool_confirmation' && given.deny_message) || null };
}
