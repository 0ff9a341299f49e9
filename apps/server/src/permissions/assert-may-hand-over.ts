import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { PendingApproval } from './pending-approvals.ts';

/** So that one session cannot fill the operators' list. */
const MAX_HANDED_OVER = 20;
/** Only the people of the session know what to answer, and operators are shown a command or a change, not a conversation. */
const FOR_ITS_PEOPLE: ReadonlySet<string> = new Set(['AskUserQuestion', 'ExitPlanMode']);

type Asked = Pick<PendingApproval, 'eventId' | 'toolName' | 'elicitation' | 'expiresAtMs' | 'handedOver'>;

/**
 * @param pending All that wait in the session.
 * @throws CspError `invalid_request` for a question or a plan, `state_conflict` for a call that has expired, `quota_exceeded`
 * where the operators have 20 open calls of the session.
 */
export function assertMayHandOver(
  { eventId, toolName, elicitation, expiresAtMs, handedOver }: Asked,
  { pending, clock }: { pending: ReadonlyMap<string, Asked>; clock: Clock },
): void {
  if (isForItsPeople({ elicitation, toolName }))
    throw new CspError(
      'invalid_request',
      `${eventId} is a question or a plan, which is not handed over. Somebody who drives the session has to answer it`,
      { details: { field: 'event_id' } },
    );
  if (expiresAtMs <= clock.now())
    throw new CspError('state_conflict', `Tool call ${eventId} has expired and is denied. It cannot be handed over`, {
      details: { field: 'event_id' },
    });
  if (handedOver !== null) return;
  const open = [...pending.values()].filter((each) => each.handedOver !== null && each.expiresAtMs > clock.now());
  if (open.length < MAX_HANDED_OVER) return;
  throw new CspError(
    'quota_exceeded',
    `The operators have ${open.length} open calls of this session already. Wait for their answers, or take one back`,
    { details: { field: 'event_id', limit: MAX_HANDED_OVER } },
  );
}

/** @throws CspError `state_conflict` for a call that the platform has handed over: nobody else could allow it. */
export function assertMayTakeBack({ eventId, handedOver }: Pick<Asked, 'eventId' | 'handedOver'>): void {
  if (handedOver?.by !== null) return;
  throw new CspError(
    'state_conflict',
    `Nobody of the session may allow tool call ${eventId}, so it stays with the operators. You may deny it`,
    { details: { field: 'event_id' } },
  );
}

/** Whether it is a question, a plan or a form, which operators cannot answer. */
export function isForItsPeople({ elicitation, toolName }: Pick<Asked, 'elicitation' | 'toolName'>): boolean {
  return elicitation !== null || FOR_ITS_PEOPLE.has(toolName);
}
