import { CspError, type UserToolConfirmationParams } from '@claude-sdk-pattern/protocol';

import { may, type RoleHolder } from '../access/may.ts';
import type { Relation } from '../access/relation.ts';
import type { Approval } from '../store/approvals.ts';

/** Who answers, as far as the rules of answering ask. */
export interface Answerer {
  userId: string;
  /** Whoever made the API key that they answer with, where that is somebody else: the answer may be theirs. */
  keyMadeBy: string | null;
  /** Whether the table lets them allow what somebody else asked for. */
  mayAllowForOthers: boolean;
  /** They are an operator who does not see the session, and may answer only what was handed over. */
  onlyHandedOver: boolean;
}

export function toAnswerer(
  actor: NonNullable<RoleHolder> & Pick<Answerer, 'userId' | 'keyMadeBy'>,
  relation: Relation,
): Answerer {
  return {
    userId: actor.userId,
    keyMadeBy: actor.keyMadeBy,
    mayAllowForOthers: may(actor, 'approval.allow_for_others', relation),
    onlyHandedOver: relation === 'none',
  };
}

/** Whether they may allow the call: where a rule demands a second person, only somebody else than who asked for it may. */
export function mayAllow(
  { userId, keyMadeBy, mayAllowForOthers }: Answerer,
  { fourEyes }: Pick<Approval, 'fourEyes'>,
  ownerId: string,
): boolean {
  if (fourEyes === null) return true;
  const hasAsked = (person: string | null) => person !== null && (person === ownerId || fourEyes.includes(person));
  return mayAllowForOthers && !hasAsked(userId) && !hasAsked(keyMadeBy);
}

/**
 * Refuses an answer that the answerer may not give; denying is open to everybody who may answer.
 * @throws CspError `not_found` for a call that was not handed over, `permission_denied` with `details.four_eyes` where
 * somebody else has to allow it.
 */
export function assertMayAnswer(
  answerer: Answerer,
  approval: Pick<Approval, 'fourEyes' | 'handedOver'>,
  given: Pick<UserToolConfirmationParams, 'result' | 'scope' | 'tool_use_id'> & { ownerId: string },
): void {
  const { tool_use_id: eventId, result, scope, ownerId } = given;
  if (answerer.onlyHandedOver && approval.handedOver === null)
    throw new CspError('not_found', `There is no approval ${eventId}`);
  if (result === 'deny') return;
  if (answerer.onlyHandedOver && scope === 'session')
    throw new CspError(
      'permission_denied',
      'You may allow this call once. Only who drives the session may allow more',
      {
        details: { field: 'scope' },
      },
    );
  if (mayAllow(answerer, approval, ownerId)) return;
  const who = 'a manager of the session or an operator, who has not asked for it';
  throw new CspError(
    'permission_denied',
    `A second person has to allow tool call ${eventId}: ${who}. You may deny it`,
    {
      details: { field: 'result', four_eyes: true },
    },
  );
}
