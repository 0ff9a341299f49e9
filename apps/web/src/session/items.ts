import type {
  BackgroundTask,
  ElicitationField,
  DecisionSource,
  EventActor,
  EventPlugin,
  HandOver,
  HiddenText,
  NoticeSignIn,
  RuleSubject,
  UserContentBlock,
} from '@claude-sdk-pattern/protocol';

/** An item of the transcript. `at` and other times are milliseconds since the epoch. */
export type Item =
  | UserItem
  | ReportItem
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
  /** The id of a subagent's thread, or null for the session's own agent. */
  threadId: string | null;
}

export interface Attachment {
  kind: 'image' | 'document';
  title: string;
  /** A data: or https: URL or a path on this server, if the file can be shown. */
  url: string | null;
  /** The id of the file on the server, if it is stored there. */
  fileId: string | null;
  /** As it was sent, to be sent again. */
  block: MediaBlock;
}

export type MediaBlock = Extract<UserContentBlock, { type: 'image' | 'document' }>;

export interface UserItem extends ItemBase {
  kind: 'user';
  text: string;
  attachments: readonly Attachment[];
  actor: EventActor | null;
}

/** What ended in the background and began a turn, where else a person's message does. */
export interface ReportItem extends ItemBase {
  kind: 'report';
  /** As far as they are known. */
  tasks: readonly BackgroundTask[];
}

export interface TextItem extends ItemBase {
  kind: 'text';
  text: string;
  /** True while the text comes from a preview. */
  streaming: boolean;
  /**
   * The text will never be complete, because its process died. The journal does not contain it; only browsers that saw
   * the preview have it.
   */
  cutOff?: true;
}

export interface ThinkingItem extends ItemBase {
  kind: 'thinking';
  text: string;
  durationMs: number | null;
  streaming: boolean;
}

/**
 * A `stopped` call may have done part of its work; a `notRun` call did none. `program`: a program outside of the platform has
 * to run it.
 */
export type ToolStatus = 'running' | 'asking' | 'program' | 'done' | 'failed' | 'denied' | 'stopped' | 'notRun';

/** A person's answer to a tool call that asked for approval. */
export interface Decision {
  result: 'allow' | 'deny';
  scope: 'once' | 'session';
  message: string | null;
  answers: Readonly<Record<string, string>> | null;
  actor: EventActor | null;
}

/** The content of `session.approval_requested` for a tool call. */
export interface ApprovalDetails {
  title: string;
  reason: string | null;
  /** The rule that "allow for this session" would add; null if the call can only be allowed once. */
  rule: RuleSubject | null;
  /** What decided that people are asked; null in journals of older servers. */
  askedBy: DecisionSource | null;
  /** The ids of the users who may only deny it, because a rule demands a second person; null where none does. */
  fourEyes: readonly string[] | null;
  /** Null while it is not in the hands of the operators. */
  handedOver: HandOver | null;
  /** Milliseconds since the epoch: from then on it is denied; null in journals of older servers. */
  expiresAt: number | null;
}

export interface ToolImage {
  mediaType: string;
  data: string;
}

export interface Elicitation {
  message: string;
  /** Of a form; empty for a page. */
  fields: readonly ElicitationField[];
  /** The page to open; null for a form. */
  url: string | null;
}

export interface ToolSecrets {
  /** What they are and in which field, without repeats; empty where only their masks are known. */
  places: readonly { kind: string; field: string }[];
  /** The input without masks; null where the server keeps it to itself. */
  original: Readonly<Record<string, unknown>> | null;
  /** What the result has to hide; undefined where that is too much to search for. */
  hidden: readonly HiddenText[] | undefined;
}

/** The app of an MCP tool that shows its result. */
export interface McpApp {
  /** Names its page on the server; null where there is none. */
  digest: string | null;
  /** Why there is none, as a clause. */
  problem: string | null;
  /** What the server means for the app; undefined where it sent nothing. */
  structuredContent: unknown;
  resultMeta: unknown;
  /** The server has sent more than is kept. */
  isCut: boolean;
  /** Origins that its page asks for. */
  origins: readonly string[];
}

export interface ToolItem extends ItemBase {
  kind: 'tool';
  name: string;
  /** The MCP server's name, or null for a built-in tool. */
  server: string | null;
  /** That brings the tool; null where none does, or in journals of older servers. */
  plugin: EventPlugin | null;
  /** A program outside of the platform runs it. */
  custom?: true;
  /** With masks in place of secrets. */
  input: Readonly<Record<string, unknown>>;
  /** The secrets in the input; null where none was found. */
  secrets: ToolSecrets | null;
  /** What an MCP server asks, in place of a call; null for a call. */
  elicitation: Elicitation | null;
  status: ToolStatus;
  /** The text of the result, with its blocks joined by line ends; null until there is a result. */
  output: string | null;
  images: readonly ToolImage[];
  /** The tool's own output object, where Claude Code gives one. */
  structured: unknown;
  /** Null for a tool without an app, and until there is a result. */
  app: McpApp | null;
  endedAt: number | null;
  /** When the call began and ended, by a clock that stops while the turn waits for a person. */
  workedFrom: number;
  workedTo: number | null;
  approval: ApprovalDetails | null;
  decision: Decision | null;
  /** What of the policy denied it; null where that did not, or in journals of older servers. */
  deniedBy: DecisionSource | null;
  cancelled: 'interrupted' | 'process_ended' | 'withdrawn' | 'expired' | null;
  /** The id of the thread that this Agent call started. */
  childThreadId: string | null;
}

export interface NoticeItem extends ItemBase {
  kind: 'notice';
  level: 'info' | 'warning' | 'error';
  text: string;
  /** A sign-in to an MCP server that is needed or was made; null for another notice. */
  signIn: NoticeSignIn | null;
  /** That files were taken back: by whom, and how many. */
  rewound?: { actor: { id: string; name: string }; total: number };
}

export interface ErrorItem extends ItemBase {
  kind: 'error';
  /** As the event names it; `budget_reached` where a budget of the platform stops the session. */
  errorType: string;
  message: string;
  /** The model's provider rejects the platform's key; only the operator can fix that. */
  keyRefused: boolean;
  retry: 'retrying' | 'exhausted' | 'terminal';
}

export interface CompactedItem extends ItemBase {
  kind: 'compacted';
}

/** The process died or was replaced in the middle of a turn, and another process took over. */
export interface RestartedItem extends ItemBase {
  kind: 'restarted';
  reason: string;
}
