import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { deriveStatus, type SessionStatus } from './derive-status.ts';
import type { SessionView } from './session-view.ts';

/** The word for a session's status: the same in the list, above the message box, on cards and in the tab's title. */
export type SessionWord =
  | 'waiting'
  | 'question'
  | 'program'
  | 'running'
  | 'retrying'
  | 'queued'
  | 'starting'
  | 'failed'
  | 'ended'
  | 'budget'
  | 'idle'
  | 'asleep'
  | 'archived';

/** The word for a session whose events are loaded. */
export function toStatusWord(status: SessionStatus): SessionWord {
  switch (status.kind) {
    case 'waiting':
      return status.question ? 'question' : 'waiting';
    case 'restarting':
    case 'opening':
      return 'starting';
    case 'overloaded':
      return 'failed';
    case 'terminated':
      return 'ended';
    default:
      return status.kind;
  }
}

/** The word for a session that is only in the list. */
export function toSessionWord(session: SessionResource): SessionWord {
  if (session.archived_at !== null) return 'archived';
  if (session.status === 'terminated') return 'ended';
  if (session.status === 'rescheduling') return 'retrying';
  if (session.status === 'running') {
    if (session.process === 'queued') return 'queued';
    return session.process === 'starting' ? 'starting' : 'running';
  }
  switch (session.stop_reason?.type) {
    case 'requires_action':
      if (session.stop_reason.waits_for === 'program') return 'program';
      return session.stop_reason.waits_for === 'answer' ? 'question' : 'waiting';
    case 'retries_exhausted':
    case 'refusal':
      return 'failed';
    case 'budget_reached':
      return 'budget';
    default:
      if (session.process === 'queued' || session.process === 'starting') return session.process;
      return session.process === 'none' && session.last_seq > 0 ? 'asleep' : 'idle';
  }
}

/**
 * The status of a session whose events are loaded and that is also in the list. The list decides whether a process
 * exists: a fork has the events of another session, and a server that was killed wrote no event when its processes
 * died.
 */
export function deriveListedStatus(view: SessionView, listed: SessionResource | null): SessionStatus {
  const status = deriveStatus(view);
  const isAsleep = status.kind === 'idle' && listed !== null && toSessionWord(listed) === 'asleep';
  return isAsleep ? { kind: 'asleep', reason: '' } : status;
}

/** Whether the session waits for a person. */
export function isWaiting(word: SessionWord): word is 'waiting' | 'question' {
  return word === 'waiting' || word === 'question';
}
