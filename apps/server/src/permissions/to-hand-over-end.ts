import { CspError, type GivenAnswer } from '@claude-sdk-pattern/protocol';

import type { Approval } from '../store/approvals.ts';
import type { Store } from '../store/port.ts';
import { toAnswerRefusal } from './to-answer-refusal.ts';

/** The newest changes of hands that are searched for the call. */
const MAX_CHANGES = 200;

/**
 * Why operators can no longer answer a call that they had: somebody answered it, or it was taken back. The error is
 * `already_answered`, and its `details.answer` is a `GivenAnswer`. Undefined for a call that they never had, of which they
 * learn nothing, and for one that they still have.
 */
export async function toHandOverEnd(
  store: Pick<Store, 'events' | 'approvals'>,
  { id, sessionId, state, handedOver }: Pick<Approval, 'id' | 'sessionId' | 'state' | 'handedOver'>,
): Promise<CspError | undefined> {
  if (handedOver !== null)
    return state === 'pending' ? undefined : toAnswerRefusal(store, { sessionId, toolUseId: id });
  const newest = await store.events.list(sessionId, {
    types: ['session.approval_taken_back'],
    order: 'desc',
    limit: MAX_CHANGES,
  });
  const bodies = newest.map(({ body }) => body);
  const end = bodies.find((body) => body.type === 'session.approval_taken_back' && body.event_id === id);
  if (end?.type !== 'session.approval_taken_back') return undefined;
  const answer: GivenAnswer = { result: 'taken_back', by: end.actor, at: end.processed_at, message: null };
  return new CspError('already_answered', `${end.actor.name} took tool call ${id} back at ${answer.at}`, {
    details: { field: 'tool_use_id', answer },
  });
}
