/**
 * Extension events: what Claude Code and the platform know beyond the Managed Agents API. This file is their one
 * list. They share the `seq` with the stock events; on SSE they are sent only with `?extensions=true`.
 */

import type { BackgroundTask } from './background-task.ts';
import type { EventActor } from './event-actor.ts';
import type { ElicitationField } from './elicitation.ts';
import type { EventPlugin } from './event-plugin.ts';
import type { DecisionSource } from './policy.ts';
import type { RuleSubject, SessionRule } from './session-rule.ts';
import type { FolderMode } from './v1/session-resources.ts';

interface Stamped {
  id: string;
  /** ISO 8601. */
  processed_at: string;
}

/** The session waits for an agent process. Sent when the wait begins, and when the session is next. */
export interface ProcessQueuedEvent extends Stamped {
  type: 'session.process_queued';
  /** 1 is next. */
  position: number;
}

export interface ProcessStartingEvent extends Stamped {
  type: 'session.process_starting';
}

export interface ProcessReadyEvent extends Stamped {
  type: 'session.process_ready';
  start: 'warm' | 'cold' | 'resumed';
  duration_ms: number;
}

/** Why a process was replaced: it ended by itself, held too much memory, an operator asked, or its server was restarted. */
export type ProcessRestartCause = 'died' | 'memory' | 'requested' | 'server_restarted';

export interface ProcessRestartingEvent extends Stamped {
  type: 'session.process_restarting';
  /** A sentence for people. */
  reason: string;
  /** For programs; absent in journals of older servers. */
  cause?: ProcessRestartCause;
}

export interface ProcessHibernatedEvent extends Stamped {
  type: 'session.process_hibernated';
  /** `waiting`: the turn waits for people, and goes on in a new process when they have answered. */
  reason: 'idle' | 'capacity' | 'duration' | 'memory' | 'stalled' | 'stopping' | 'requested' | 'waiting';
}

/** A repository, a file or a folder of the machine is in the workspace. */
export interface ResourceMountedEvent extends Stamped {
  type: 'session.resource_mounted';
  resource_id: string;
  /** Of a folder of the machine. */
  folder?: { path: string; mode: FolderMode };
  /** Of a repository; null of anything else. */
  repository_url: string | null;
  mount_path: string;
  commit: string | null;
  branch: string | null;
  duration_ms: number;
  /** What people should know, as sentences, such as that Git LFS is not served. */
  remarks: string[];
}

/** A turn took these messages from the queue. A `user.message` that no turn has taken is waiting or was withdrawn. */
export interface TurnStartedEvent extends Stamped {
  type: 'session.turn_started';
  /** 1, 2, 3 … within the session. */
  turn: number;
  message_ids: string[];
  /** Why the agent began by itself, without a message; absent where it has messages or no cause is known. */
  cause?: { type: 'background_tasks'; task_ids: string[] };
}

/** Tasks beside the conversation have begun or ended. */
export interface BackgroundTasksUpdatedEvent extends Stamped {
  type: 'session.background_tasks_updated';
  /** All that run now, and those that have ended since the last event of this type. */
  tasks: BackgroundTask[];
}

/** The summary of a turn, before the `session.status_idle` that ends it. */
export interface TurnCompletedEvent extends Stamped {
  type: 'session.turn_completed';
  turn: number;
  outcome: 'completed' | 'interrupted' | 'failed';
  duration_ms: number;
  /** In US dollars, of the model calls as the platform priced them. */
  cost_usd: number;
  /** Calls of a model without a known price, which `cost_usd` leaves out. Absent when there are none. */
  unpriced_requests?: number;
  /** What Claude Code counted itself, where that is not `cost_usd`. */
  reported_cost_usd?: number;
  /** Tokens read from or written to the prompt cache are not included; they have counts of their own. */
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  /** Paths relative to the workspace. */
  changed_files: string[];
}

/** A waiting message was withdrawn before a turn took it. */
export interface MessageWithdrawnEvent extends Stamped {
  type: 'session.message_withdrawn';
  message_id: string;
}

/**
 * The conversation goes on from an earlier place, or in another branch. The events after `head_seq` and before this one are no
 * part of it any more; neither is a message that waited at `head_seq`. Nothing is deleted: a later event of this type can lead
 * back.
 */
export interface SessionBranchedEvent extends Stamped {
  type: 'session.branched';
  /** The `seq` of the last event that the conversation keeps; 0: it begins anew. */
  head_seq: number;
  /**
   * `edited` and `rerun`: a `user.message` follows, in place of `message_id`. `rewound`: it goes on before `message_id`, with
   * whatever is sent next. `switched`: it goes on at the newest end of the branch that has `message_id`.
   */
  reason: 'edited' | 'rerun' | 'rewound' | 'switched';
  /** A `user.message`. */
  message_id: string;
  actor: EventActor;
}

/**
 * The files of the workspace were made what they were before another event. `POST …/rewind` with the id of this event takes
 * that back.
 */
export interface FilesRewoundEvent extends Stamped {
  type: 'session.files_rewound';
  /** Before which they are as they were then: a `user.message`, or a `session.files_rewound` that was taken back. */
  event_id: string;
  /** The turn after which they were so; 0 before the first one. */
  turn: number;
  /** How many files were made again, changed and removed. */
  files: { added: number; modified: number; deleted: number };
  /** The recorded state that this replaced. */
  state_before: number;
  actor: EventActor;
}

/** What a person needs to know to answer a tool call that waits for approval. */
export interface ApprovalRequestedEvent extends Stamped {
  type: 'session.approval_requested';
  /** The `agent.tool_use` or `agent.mcp_tool_use` event. */
  event_id: string;
  tool_name: string;
  /** A sentence such as "Run a command". */
  title: string;
  /** Why the call needs approval, where that is known. */
  reason: string | null;
  /** The rule that `scope: "session"` would keep, such as `Bash(npm test)`; null where it can only be allowed once. */
  session_rule: string | null;
  /** The same rule in its parts; absent in journals of older servers. */
  rule?: RuleSubject | null;
  /** From then on it is denied; absent in journals of older servers. */
  expires_at?: string;
  /** What decided that people are asked; absent in journals of older servers. */
  asked_by?: DecisionSource;
  /** A rule demands that somebody else allows it: the ids of the users who may only deny it. */
  four_eyes?: readonly string[];
  /** Whose call it is; absent where it is no plugin's. */
  plugin?: EventPlugin;
}

/**
 * An MCP server asks a person, in the middle of a tool call. `session.approval_requested` follows and names this event; so
 * does the answer, a `user.tool_confirmation`.
 */
export interface ElicitationRequestedEvent extends Stamped {
  type: 'session.elicitation_requested';
  mcp_server_name: string;
  /** In the server's words. */
  message: string;
  /** `url`: to open a page, outside of the platform. */
  mode: 'form' | 'url';
  /** Of a form. */
  fields?: ElicitationField[];
  /** An http or https address, of a page. */
  url?: string;
  /** That brings the server; absent where none does. */
  plugin?: EventPlugin;
}

/** An approval that can no longer be answered. */
export interface ApprovalCancelledEvent extends Stamped {
  type: 'session.approval_cancelled';
  event_id: string;
  /** `withdrawn`: the agent gave the call up, and its turn goes on. `expired`: nobody answered in time; it was denied. */
  reason: 'interrupted' | 'process_ended' | 'withdrawn' | 'expired';
}

/** A call that waits was handed to the operators: they may answer it, and see nothing else of the session. */
export interface ApprovalHandedOverEvent extends Stamped {
  type: 'session.approval_handed_over';
  event_id: string;
  /** Null where the platform did it: a rule demands a second person, and the session has none. */
  actor: EventActor | null;
  /** For the operators. */
  note: string | null;
}

/** It is not in the hands of the operators any more. */
export interface ApprovalTakenBackEvent extends Stamped {
  type: 'session.approval_taken_back';
  event_id: string;
  actor: EventActor;
}

/** A person has allowed a kind of tool call for the rest of the session. */
export interface RuleGrantedEvent extends Stamped {
  type: 'session.rule_granted';
  rule: SessionRule;
  /** The tool call that it was granted with. */
  event_id: string;
}

/** A person has revoked a rule: such calls ask again. */
export interface RuleRevokedEvent extends Stamped {
  type: 'session.rule_revoked';
  rule: SessionRule;
  actor: EventActor;
}

/** The agent's to-do list as a whole, after each change. */
export interface TodosUpdatedEvent extends Stamped {
  type: 'session.todos_updated';
  session_thread_id?: string;
  todos: { content: string; status: 'pending' | 'in_progress' | 'completed'; active_form?: string }[];
}

/** A model request failed and will be sent again. */
export interface RetryScheduledEvent extends Stamped {
  type: 'session.retry_scheduled';
  attempt: number;
  max_attempts: number;
  retry_delay_ms: number;
  /** ISO 8601: the same moment in every tab. */
  retry_at: string;
  error_status: number | null;
  /** Whether the model asked for this wait. */
  asked_by_model?: true;
  /** Whether no upstream of the model API takes calls now: the wait lasts until one may be tried. */
  is_outage?: true;
  /** Whether a `session.retry_now` frame ends this wait. It cannot end a wait of the agent process itself. */
  can_retry_now?: true;
}

export interface RateLimitEvent extends Stamped {
  type: 'session.rate_limit';
  status: string;
  /** ISO 8601. */
  resets_at: string | null;
}

/**
 * Something that people should see and that is not a message of the agent: output of a local command, a hook's
 * warning.
 */
export interface NoticeEvent extends Stamped {
  type: 'session.notice';
  level: 'info' | 'warning' | 'error';
  text: string;
  /** A sign-in to an MCP server that the owner of the session has to make, or has made: see `POST /api/v1/mcp-sign-ins`. */
  sign_in?: NoticeSignIn;
}

export interface NoticeSignIn {
  state: 'needed' | 'done';
  server_name: string;
  /** Null for the server of a plugin, which is named by plugin and server. */
  server_url: string | null;
  /** The plugin that brings the server; null for a server of the agent. */
  plugin: string | null;
}

export type ExtensionEvent =
  | ProcessQueuedEvent
  | ProcessStartingEvent
  | ProcessReadyEvent
  | ProcessRestartingEvent
  | ProcessHibernatedEvent
  | ResourceMountedEvent
  | TurnStartedEvent
  | BackgroundTasksUpdatedEvent
  | TurnCompletedEvent
  | MessageWithdrawnEvent
  | SessionBranchedEvent
  | FilesRewoundEvent
  | ApprovalRequestedEvent
  | ElicitationRequestedEvent
  | ApprovalCancelledEvent
  | ApprovalHandedOverEvent
  | ApprovalTakenBackEvent
  | RuleGrantedEvent
  | RuleRevokedEvent
  | TodosUpdatedEvent
  | RetryScheduledEvent
  | RateLimitEvent
  | NoticeEvent;

const EXTENSION_EVENT_TYPES: ReadonlySet<string> = new Set<ExtensionEvent['type']>([
  'session.process_queued',
  'session.process_starting',
  'session.process_ready',
  'session.process_restarting',
  'session.process_hibernated',
  'session.resource_mounted',
  'session.turn_started',
  'session.background_tasks_updated',
  'session.turn_completed',
  'session.message_withdrawn',
  'session.branched',
  'session.files_rewound',
  'session.elicitation_requested',
  'session.approval_requested',
  'session.approval_cancelled',
  'session.approval_handed_over',
  'session.approval_taken_back',
  'session.rule_granted',
  'session.rule_revoked',
  'session.todos_updated',
  'session.retry_scheduled',
  'session.rate_limit',
  'session.notice',
]);

/** Whether the Managed Agents API lacks this event, so that stock clients get it only if they ask. */
export function isExtensionEvent(event: { type: string }): event is ExtensionEvent {
  return EXTENSION_EVENT_TYPES.has(event.type);
}
