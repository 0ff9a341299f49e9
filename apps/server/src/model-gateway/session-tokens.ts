import { hash, randomBytes } from 'node:crypto';

import type { SpanContext } from '@opentelemetry/api';

import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { ReplayedMessage } from './replayed-message.ts';
import type { MeteredCall } from '../usage/call-usage.ts';

/** The session and user of a token. */
export interface TokenHolder {
  /** Null while no session has claimed the process. */
  sessionId: string | null;
  ownerId: string | null;
  /** The agent of the session. */
  agentId?: string | undefined;
  /** The one push of a person for which it is. Such a token calls no model. */
  handPush?: HandPush | undefined;
  /** The terminal for which it is. Such a token fetches by git, and neither pushes nor calls a model. */
  terminal?: { id: string; userId: string } | undefined;
  /** Called for its calls; absent while no session has claimed the process. */
  listener?: ModelCallListener;
}

/** What a person pushes by hand. */
export interface HandPush {
  /** The person. */
  userId: string;
  /** Of the repository in the session. */
  resourceId: string;
  /** Whole name of the branch at the git server, and the id of the commit. */
  ref: string;
  id: string;
}

/** Told as it happens; must not throw. */
export interface ModelCallListener {
  /** A call that costs tokens is made of the upstream; it ends once. */
  onCallBegin(): void;
  /** The number of the session's turn that a call belongs to that begins now. */
  turn?(): number;
  onCallEnd(call: MeteredCall): void;
  /** The model that would have been asked for, where a budget has the session go on with this one. */
  findReplacedModel?(model: string): string | undefined;
  /** The plugin that brings the subagent with this id of Claude Code; undefined where no plugin does. */
  findPluginOfSubagent?(agentId: string): string | undefined;
  /** The span of the turn that runs, where traces are made. */
  span?(): SpanContext | undefined;
  /** A call names a trace of the process itself. Whether that belongs to the turn that runs. */
  noteAgentTrace?(traceId: string): boolean;
  /** The span of the turn that a trace of the process itself belongs to. */
  findTurnOf?(agentTraceId: string): SpanContext | undefined;
  /** That of its session, where that has a budget of its own. */
  ownBudgetId?(): string | undefined;
  /** A call was refused, because a budget is used up or cannot measure it. */
  onBudgetReached?(reached: ReachedBudget): void;
  /** A call waits: it has failed before anything of its answer was passed on, or no upstream takes calls now. */
  onRetryWait(retry: ModelRetry): void;
  /** The wait has ended: the call is made, or its client has disconnected, or it is given up. */
  onRetryWaitEnd(retry: ModelRetry, outcome: 'retried' | 'abandoned'): void;
  /** A message that is to answer the next request that it fits, instead of the upstream; each is given once. */
  takeReplay?(fits: (message: ReplayedMessage) => boolean): ReplayedMessage | undefined;
}

export interface ModelRetry {
  /** 1 is the first after the call that failed. */
  attempt: number;
  maxAttempts: number;
  delayMs: number;
  /** Milliseconds since the epoch. */
  retryAtMs: number;
  /** Whether the upstream asked for this wait. */
  isAskedFor: boolean;
  /** Of the call that failed; null where the connection did, and in an outage. */
  statusCode: number | null;
  /** Whether no upstream takes calls now: then the wait lasts until one may be tried. */
  isOutage: boolean;
  /** Whether it comes in place of a wait that has not ended: the next call is made later than that one said. */
  isContinued: boolean;
  /** Ends the wait. */
  retryNow(): void;
}

/** The rights of a valid token. */
export interface Grant {
  /** Of now: a claim changes it. */
  readonly holder: TokenHolder;
  /** Aborted when the token is revoked: its calls end with it. */
  readonly revoked: AbortSignal;
  /** What it uses now: calls with their bytes in memory, and connections. */
  readonly held: { calls: number; bytes: number; connections: number };
}

/** Tokens that only this gateway accepts. They live in memory: a token dies with the process that it was made for. */
export interface SessionTokens {
  issue(holder: TokenHolder): string;
  /** Gives the token to another holder: a session has claimed the spare. */
  assign(token: string, holder: TokenHolder): void;
  find(token: string): Grant | undefined;
  /** Also ends the calls that are made with it now. */
  revoke(token: string): void;
}

/** The prefix makes the token look like an API key to the CLI and unlike one to people and secret scanners. */
const PREFIX = 'csp-session-';

export function createSessionTokens(): SessionTokens {
  // Stored by digest, so that neither a heap dump nor the timing of a look-up reveals a token.
  const grants = new Map<string, Grant & { holder: TokenHolder; cut: AbortController }>();
  const digest = (token: string) => hash('sha256', token, 'base64');
  return {
    issue(holder) {
      const token = PREFIX + randomBytes(32).toString('base64url');
      const cut = new AbortController();
      grants.set(digest(token), { holder, cut, revoked: cut.signal, held: { calls: 0, bytes: 0, connections: 0 } });
      return token;
    },
    assign(token, holder) {
      const grant = grants.get(digest(token));
      if (grant) grant.holder = holder;
    },
    find: (token) => grants.get(digest(token)),
    revoke(token) {
      const key = digest(token);
      const grant = grants.get(key);
      grants.delete(key);
      grant?.cut.abort();
    },
  };
}
