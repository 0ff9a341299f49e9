import type { EventActor } from './event-actor.ts';
import type { EventPlugin } from './event-plugin.ts';

/** A tool call that waits for approval, in the list of those that the caller may answer now. */
export interface PendingApprovalResource {
  session_id: string;
  /** The `agent.tool_use` event: what an answer names. */
  event_id: string;
  tool_name: string;
  /** Whose call it is; null where it is no plugin's. */
  plugin: EventPlugin | null;
  /** A sentence such as "Run a command". */
  title: string;
  /** Why the call needs approval, where that is known. */
  reason: string | null;
  requested_at: string;
  /** From then on it is denied. */
  expires_at: string;
  /** The session's owner, for whom the agent works. */
  owner: EventActor;
  /** Whether a rule demands that somebody else than whoever asked for the work allows it. */
  four_eyes: boolean;
  /** Whether the caller may answer it with this credential; one with the scope `read` may not. */
  may_answer: boolean;
  /** Whether the caller may allow it; if not, they may deny it where `may_answer` is true. */
  may_allow: boolean;
  /** Null where it was not handed to the operators. */
  handed_over: HandOver | null;
  /** Whether the caller may see the session. If not, the call was handed to them. */
  session_visible: boolean;
  /** How many of its session the caller may answer; the list has the 20 oldest of each session. */
  waiting_in_session: number;
}

/** Who has handed a tool call to the operators, and when. */
export interface HandOver {
  /** Null where the platform did it: a rule demands a second person, and the session has none. */
  by: EventActor | null;
  /** ISO 8601. */
  at: string;
  /** For the operators. */
  note: string | null;
}

/** GET /api/v1/approvals/{event_id}: all that the card of a tool call shows. */
export interface ApprovalCardResource extends PendingApprovalResource {
  input: Record<string, unknown>;
}

export interface PendingApprovalList {
  data: PendingApprovalResource[];
  /** Pass it as `page` for the next ones; null on the last page. */
  next_page: string | null;
}

/** How an approval ended: `details.answer` of the error `already_answered`. */
export interface GivenAnswer {
  /**
   * `cancelled`: nobody decided; the agent gave the call up, or its turn was interrupted. `taken_back`: it waits on, but not
   * for the operators; only they are told so.
   */
  result: 'allow' | 'deny' | 'cancelled' | 'taken_back';
  /** Null where the platform ended it, such as an approval that has expired. */
  by: EventActor | null;
  /** ISO 8601. */
  at: string;
  /** What the agent was told with a denial; null without. */
  message: string | null;
}
