import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { SessionPatch } from '../store/sessions.ts';

/** The change of the session's row for events that announce a status. The last one counts. */
export function toStatusPatch(events: readonly SessionEvent[]): Pick<SessionPatch, 'status' | 'stopReason'> {
  let patch: Pick<SessionPatch, 'status' | 'stopReason'> = {};
  for (const event of events) {
    if (event.type === 'session.status_running') patch = { status: 'running', stopReason: null };
    else if (event.type === 'session.status_rescheduled') patch = { status: 'rescheduling', stopReason: null };
    else if (event.type === 'session.status_idle') patch = { status: 'idle', stopReason: event.stop_reason };
    else if (event.type === 'session.status_terminated') patch = { status: 'terminated', stopReason: null };
  }
  return patch;
}
