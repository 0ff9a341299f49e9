import type { Preview } from '@claude-sdk-pattern/client';
import type {
  BackgroundTask,
  EventActor,
  NoticeSignIn,
  PermissionMode,
  StopReason,
} from '@claude-sdk-pattern/protocol';

import type { Item } from './items.ts';

export interface TurnSummary {
  outcome: 'completed' | 'interrupted' | 'failed';
  /** In milliseconds, without the time spent waiting for a person. */
  durationMs: number;
  costUsd: number;
  /** Calls without a price, which `costUsd` leaves out. */
  unpriced: number;
  /** What Claude Code counted itself, in US dollars, where that is another figure. */
  reportedCostUsd: number | null;
  /** All tokens, including the prompt cache. */
  tokens: number;
  changedFiles: readonly string[];
}

/** One turn of the session's own agent. Every change creates a new object, so that the object can be a cache key. */
export interface TurnView {
  /** The id of the event that opened the turn. */
  id: string;
  /** 1, 2, 3 …; null if the events that give the number are not loaded. */
  number: number | null;
  itemIds: readonly string[];
  startedAt: number;
  /** The tokens of the completed model requests so far, including the prompt cache. */
  tokens: number;
  summary: TurnSummary | null;
}

/** A subagent's own transcript. Every change creates a new object. */
export interface ThreadView {
  id: string;
  toolUseId: string | null;
  agentName: string;
  description: string | null;
  itemIds: readonly string[];
  startedAt: number;
  endedAt: number | null;
}

export interface Todo {
  content: string;
  status: 'pending' | 'in_progress' | 'completed';
  activeForm: string | null;
}

export type ProcessView =
  | { state: 'unknown' }
  | { state: 'queued'; position: number; since: number }
  | { state: 'starting'; since: number }
  | { state: 'restarting'; since: number; reason: string }
  | { state: 'ready'; start: 'warm' | 'cold' | 'resumed'; durationMs: number }
  | { state: 'hibernated'; reason: string };

export interface RetryView {
  attempt: number;
  maxAttempts: number;
  retryAt: number;
  errorStatus: number | null;
  /** Whether a person can end this wait. */
  canRetryNow: boolean;
  /** Whether the model API takes no calls at all. */
  isOutage: boolean;
}

/** The live text of an event that is not in the journal yet. */
export interface PreviewView extends Preview {
  /** When this browser first received it. */
  startedAt: number;
  /** The connection that delivered it was lost, and the server has not sent it again, so it may not continue. */
  orphaned: boolean;
}

/** The fold of a session's events. Immutable; created only by reduce-session.ts. */
export interface SessionView {
  lastSeq: number;
  items: ReadonlyMap<string, Item>;
  turns: readonly TurnView[];
  threads: ReadonlyMap<string, ThreadView>;
  previews: ReadonlyMap<string, PreviewView>;
  /** Messages that no turn has taken, oldest first. */
  waitingIds: readonly string[];
  /** Tool calls that wait for a person, in the order they were asked. */
  pendingIds: readonly string[];
  /** Tool calls without a result, oldest first. */
  openToolIds: readonly string[];
  activity: 'idle' | 'running' | 'terminated';
  activeSince: number | null;
  stop: StopReason | null;
  process: ProcessView;
  /** A repository that is being opened. */
  opening: OpeningView | null;
  retry: RetryView | null;
  /** `retryAt` (milliseconds since the epoch) is when another attempt makes sense, if the server gave a time. */
  lastError: { type: string; message: string; final: boolean; retryAt: number | null } | null;
  todos: readonly Todo[];
  /** What runs beside the conversation, oldest first, then what has ended. */
  tasks: readonly BackgroundTask[];
  /** The totals of the whole session up to its last completed turn, including the prompt cache. */
  tokens: number | null;
  /**
   * How long the newest turn has waited for a person so far, and since when it waits now (null if it does not wait).
   */
  waitedMs: number;
  waitsSince: number | null;
  costUsd: number | null;
  title: string | null | undefined;
  model: string | undefined;
  permissionMode: PermissionMode | undefined;
  /** Whether the conversation went on from another place at any time, as far as it is loaded. */
  isBranched: boolean;
  /** The conversation was rewound to before this message, and nothing was sent since; else null. `files` went back with it. */
  rewound: { messageId: string; actor: EventActor; files: { eventId: string; total: number } | null } | null;
  /** What was last said of sign-ins to MCP servers, by `toSignInKey`. */
  signIns: ReadonlyMap<string, NoticeSignIn['state']>;
}

/** How far a repository is; `percent` (0–100) where it is counted. */
export interface OpeningView {
  url: string;
  phase: 'looking' | 'receiving' | 'resolving' | 'checking_out' | 'copying';
  percent: number | null;
  /** Copied so far. */
  entries: number | null;
}

/** Which MCP server a notice is about. */
export function toSignInKey({ plugin, server_name: name, server_url: url }: NoticeSignIn): string {
  return JSON.stringify([plugin, name, url]);
}

export const emptySessionView: SessionView = {
  lastSeq: 0,
  items: new Map(),
  turns: [],
  threads: new Map(),
  previews: new Map(),
  waitingIds: [],
  pendingIds: [],
  openToolIds: [],
  activity: 'idle',
  activeSince: null,
  stop: null,
  process: { state: 'unknown' },
  opening: null,
  retry: null,
  lastError: null,
  todos: [],
  tasks: [],
  tokens: null,
  waitedMs: 0,
  waitsSince: null,
  costUsd: null,
  title: undefined,
  model: undefined,
  permissionMode: undefined,
  isBranched: false,
  rewound: null,
  signIns: new Map(),
};
