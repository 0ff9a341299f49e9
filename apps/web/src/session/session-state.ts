import type { SessionResource, SessionRule } from '@claude-sdk-pattern/protocol';

import type { Problem } from './problem.ts';
import type { SentFile } from './sent-file.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

/** What a person sends. */
export interface OutgoingMessage {
  text: string;
  files: readonly SentFile[];
}

export type SendState =
  | { state: 'none' }
  /** `afterSeq` is the newest event that was here when it was sent. */
  | { state: 'sending'; content: string; frameId: string; message: OutgoingMessage; afterSeq: number }
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

/** The message that is being sent, until its event is here; or null. */
export function findOutgoing({ send, view }: Pick<SessionState, 'send' | 'view'>): OutgoingMessage | null {
  if (send.state !== 'sending') return null;
  const ids = [...view.waitingIds, ...(view.turns.at(-1)?.itemIds ?? [])];
  const isHere = ids.some((id) => {
    const item = view.items.get(id);
    return item?.kind === 'user' && item.seq > send.afterSeq && item.text.trim() === send.message.text.trim();
  });
  return isHere ? null : send.message;
}

/** Whether it was there and is not any more. */
export function isDeleted({ load }: SessionState): boolean {
  return load.state === 'failed' && load.problem.kind === 'gone';
}
