import type { Preview } from '@claude-sdk-pattern/client';
import type { PermissionMode, StopReason } from '@claude-sdk-pattern/protocol';

import type { Item } from './items.ts';

export interface TurnSummary {
  outcome: 'completed' | 'interrupted' | 'failed';
  /** Without the time in which it waited for a person. */
  durationMs: number;
  costUsd: number;
  /** All tokens, with those of the prompt cache. */
  tokens: number;
  changedFiles: readonly string[];
}

/** One turn of the session's own agent. A new object whenever anything in it changes, so that it can be a cache key. */
export interface TurnView {
  /** The id of the event that opened it. */
  id: string;
  /** 1, 2, 3 …; null where the events that tell it are not loaded. */
  number: number | null;
  itemIds: readonly string[];
  startedAt: number;
  /** Of the finished model requests so far, with those of the prompt cache. */
  tokens: number;
  summary: TurnSummary | null;
}

/** A subagent's own transcript. A new object whenever anything in it changes. */
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
  /** Whether somebody who does not want to wait can end it. */
  canRetryNow: boolean;
}

/** The live text of an event that the journal does not hold yet. */
export interface PreviewView extends Preview {
  /** When this browser saw it begin. */
  startedAt: number;
  /** The connection it came by is lost, and the server has not sent it anew: nobody knows whether it goes on. */
  orphaned: boolean;
}

/** Everything that the events of one session say, folded. Immutable; made only by reduce-session.ts. */
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
  retry: RetryView | null;
  /** `retryAt` (milliseconds since the epoch) says when another try is worth it, where the server told. */
  lastError: { type: string; message: string; final: boolean; retryAt: number | null } | null;
  todos: readonly Todo[];
  /** Of the whole session up to its last finished turn, with those of the prompt cache. */
  tokens: number | null;
  /** For how long the newest turn has waited for a person, and since when it does (null while it does not). */
  waitedMs: number;
  waitsSince: number | null;
  costUsd: number | null;
  title: string | null | undefined;
  model: string | undefined;
  permissionMode: PermissionMode | undefined;
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
  retry: null,
  lastError: null,
  todos: [],
  tokens: null,
  waitedMs: 0,
  waitsSince: null,
  costUsd: null,
  title: undefined,
  model: undefined,
  permissionMode: undefined,
};
