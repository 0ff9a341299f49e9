import type { HandOver, SessionEvent } from '@claude-sdk-pattern/protocol';

import { stampEvent } from '../journal/stamp-event.ts';
import type { Clock } from '../lib/clock.ts';
import type { StoreTransaction } from '../store/port.ts';
import { isForItsPeople } from './assert-may-hand-over.ts';
import type { PendingApproval } from './pending-approvals.ts';

export interface SecondPersonFinder {
  /** Whether somebody of the session may allow what these users may not allow. */
  hasSecondPerson(fourEyes: readonly string[]): Promise<boolean>;
}

/** A call that the platform hands to the operators. */
export interface OwnHandOver {
  approval: PendingApproval;
  handedOver: HandOver;
  event: SessionEvent;
}

/** Whether nobody but operators may be able to allow the call, and they cannot see it. */
export function mayBeUnanswerable(approval: PendingApproval): boolean {
  return approval.fourEyes !== null && approval.handedOver === null && !isForItsPeople(approval);
}

/**
 * Of these, the calls for which a rule demands a second person where the session has none. All of them count: the operators'
 * list shows 20 of a session, and the others follow when these are answered.
 */
export async function findUnanswerable(
  { hasSecondPerson }: SecondPersonFinder,
  approvals: readonly PendingApproval[],
): Promise<PendingApproval[]> {
  const sameRequesters = Map.groupBy(approvals.filter(mayBeUnanswerable), ({ fourEyes }) => String(fourEyes));
  const found: PendingApproval[] = [];
  for (const calls of sameRequesters.values())
    if (!(await hasSecondPerson(calls[0]?.fourEyes ?? []))) found.push(...calls);
  return found;
}

export function toHandOver(clock: Clock, approval: PendingApproval): OwnHandOver {
  const event = stampEvent(clock, {
    ...{ type: 'session.approval_handed_over', event_id: approval.eventId, actor: null, note: null },
  });
  return { approval, event, handedOver: { by: null, at: new Date(clock.now()).toISOString(), note: null } };
}

export async function storeHandOvers(
  handOvers: readonly OwnHandOver[],
  { approvals }: Pick<StoreTransaction, 'approvals'>,
): Promise<void> {
  for (const { approval, handedOver } of handOvers) await approvals.setHandedOver(approval.eventId, handedOver);
}
