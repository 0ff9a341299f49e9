import type { SessionResource, SessionRule } from '@claude-sdk-pattern/protocol';

import type { Problem } from './problem.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

export type SendState =
  | { state: 'none' }
  | { state: 'sending'; content: string; frameId: string }
  /** `content` is what was to be sent, as one text to compare with. */
  | { state: 'failed'; content: string; frameId: string; problem: Problem };

export interface SessionState {
  sessionId: string;
  /** The resource as of the last attach; null before. */
  resource: SessionResource | null;
  view: SessionView;
  load: { state: 'loading' } | { state: 'ready' } | { state: 'failed'; problem: Problem };
  /** Whether the journal holds events before the first one that is loaded. */
  older: 'none' | 'available' | 'loading' | 'failed';
  send: SendState;
  /** Answers under way or refused, by the tool call's event id. */
  answers: ReadonlyMap<string, 'sending' | Problem>;
  /** Of several calls that wait, the one that was chosen to be shown. */
  shownCallId: string | null;
  /** What people have allowed for this session, oldest first. */
  rules: readonly SessionRule[];
}

/** What is known of a session before anything has been read. */
export function createSessionState(sessionId: string): SessionState {
  return {
    sessionId,
    resource: null,
    view: emptySessionView,
    load: { state: 'loading' },
    older: 'none',
    send: { state: 'none' },
    answers: new Map(),
    shownCallId: null,
    rules: [],
  };
}

/** Whether it was there and is not any more. */
export function isDeleted({ load }: SessionState): boolean {
  return load.state === 'failed' && load.problem.kind === 'gone';
}
