import type { EventActor } from './event-actor.ts';

/** A tool call that waits for approval, in the list of those that the caller may answer now. */
export interface PendingApprovalResource {
  session_id: string;
  /** The `agent.tool_use` event: what an answer names. */
  event_id: string;
  tool_name: string;
  /** A sentence such as "Run a command". */
  title: string;
  /** Why the call needs approval, where that is known. */
  reason: string | null;
  requested_at: string;
  /** From then on it is denied. */
  expires_at: string;
}

export interface PendingApprovalList {
  data: PendingApprovalResource[];
}

/** How an approval ended: `details.answer` of the error `already_answered`. */
export interface GivenAnswer {
  /** `cancelled`: nobody decided; the agent gave the call up, or its turn was interrupted. */
  result: 'allow' | 'deny' | 'cancelled';
  /** Null where the platform ended it, such as an approval that has expired. */
  by: EventActor | null;
  /** ISO 8601. */
  at: string;
}
