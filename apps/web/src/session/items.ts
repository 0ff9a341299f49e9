import type { EventActor, RuleSubject } from '@claude-sdk-pattern/protocol';

/** Something the transcript shows. `at` and other moments are milliseconds since the epoch. */
export type Item =
  | UserItem
  | TextItem
  | ThinkingItem
  | ToolItem
  | NoticeItem
  | ErrorItem
  | CompactedItem
  | RestartedItem;

interface ItemBase {
  /** The event's id. */
  id: string;
  seq: number;
  at: number;
  /** The thread of a subagent, or null for the session's own agent. */
  threadId: string | null;
}

export interface Attachment {
  kind: 'image' | 'document';
  title: string;
  /** A data: or https: URL or a path of this server, where it can be shown. */
  url: string | null;
  /** The file of the server, if it is one. */
  fileId: string | null;
}

export interface UserItem extends ItemBase {
  kind: 'user';
  text: string;
  attachments: readonly Attachment[];
  actor: EventActor | null;
}

export interface TextItem extends ItemBase {
  kind: 'text';
  text: string;
  /** True while it is still a preview. */
  streaming: boolean;
  /** It will never be finished: its process died. No journal has it, only who was reading it. */
  cutOff?: true;
}

export interface ThinkingItem extends ItemBase {
  kind: 'thinking';
  text: string;
  durationMs: number | null;
  streaming: boolean;
}

/** `stopped` may have done a part of its work, `notRun` none. */
export type ToolStatus = 'running' | 'asking' | 'done' | 'failed' | 'denied' | 'stopped' | 'notRun';

/** What a person answered to a tool call that asked. */
export interface Decision {
  result: 'allow' | 'deny';
  scope: 'once' | 'session';
  message: string | null;
  answers: Readonly<Record<string, string>> | null;
  actor: EventActor | null;
}

/** What `session.approval_requested` says about a tool call. */
export interface ApprovalDetails {
  title: string;
  reason: string | null;
  /** What "allow for this session" would allow; null where it can only be allowed once. */
  rule: RuleSubject | null;
}

export interface ToolImage {
  mediaType: string;
  data: string;
}

export interface ToolItem extends ItemBase {
  kind: 'tool';
  name: string;
  /** The MCP server, or null for a built-in tool. */
  server: string | null;
  input: Readonly<Record<string, unknown>>;
  status: ToolStatus;
  /** Text of the result, blocks joined by line ends; null until there is one. */
  output: string | null;
  images: readonly ToolImage[];
  /** The tool's own output object, where Claude Code gives one. */
  structured: unknown;
  endedAt: number | null;
  /** When it began and ended by a clock that stands still while the turn waits for a person. */
  workedFrom: number;
  workedTo: number | null;
  approval: ApprovalDetails | null;
  decision: Decision | null;
  cancelled: 'interrupted' | 'process_ended' | 'withdrawn' | null;
  /** The thread that this Agent call started. */
  childThreadId: string | null;
}

export interface NoticeItem extends ItemBase {
  kind: 'notice';
  level: 'info' | 'warning' | 'error';
  text: string;
}

export interface ErrorItem extends ItemBase {
  kind: 'error';
  errorType: string;
  message: string;
  /** The model does not accept the platform's key: only who runs the platform can mend that. */
  keyRefused: boolean;
  retry: 'retrying' | 'exhausted' | 'terminal';
}

export interface CompactedItem extends ItemBase {
  kind: 'compacted';
}

/** The process died in the middle of a turn, or was replaced, and another took over. */
export interface RestartedItem extends ItemBase {
  kind: 'restarted';
  reason: string;
}
