import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { PendingApproval } from './pending-approvals.ts';
import { stampEvent } from '../journal/stamp-event.ts';

/** The status of a session whose turn waits for people or programs to answer these calls, at least one. */
export function toWaitingStatus(clock: Clock, waiting: readonly PendingApproval[]): SessionEvent {
  const event_ids = waiting.map(({ eventId }) => eventId);
  const isQuestion = waiting[0]?.toolName === 'AskUserQuestion' || waiting[0]?.elicitation != null;
  const stop_reason = {
    type: 'requires_action',
    event_ids,
    ...(isQuestion && { waits_for: 'answer' as const }),
    ...(waiting.every(({ kind }) => kind === 'custom_tool') && { waits_for: 'program' as const }),
  } as const;
  return stampEvent(clock, { type: 'session.status_idle', stop_reason, stop_details: null });
}
