import type {
  BranchPlace,
  GivenAnswer,
  PresentPerson,
  SessionResource,
  SessionRule,
} from '@claude-sdk-pattern/protocol';

import type { Problem } from './problem.ts';
import type { SentFile } from './sent-file.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

/** A message that a person sends. */
export interface OutgoingMessage {
  text: string;
  files: readonly SentFile[];
}

export type SendState =
  | { state: 'none' }
  /** `afterSeq` is the `seq` of the newest event when the message was sent. */
  | { state: 'sending'; content: string; frameId: string; message: OutgoingMessage; afterSeq: number }
  /** `content` is the message as one text, for comparison. */
  | { state: 'failed'; content: string; frameId: string; problem: Problem };

export interface SessionState {
  sessionId: string;
  /** The session resource from the last attach; null before the first. */
  resource: SessionResource | null;
  view: SessionView;
  load: { state: 'loading' } | { state: 'ready' } | { state: 'failed'; problem: Problem };
  /** Whether the journal has events before the first loaded event. */
  older: 'none' | 'available' | 'loading' | 'failed';
  send: SendState;
  /** Answers that are being sent or were refused, by the tool call's event id. */
  answers: ReadonlyMap<string, 'sending' | Problem>;
  /**
   * The last call that was answered elsewhere while this browser showed it; null once the user has seen that. `wasSent`:
   * this browser sent an answer too, which came too late.
   */
  answeredFirst: { toolUseId: string; answer: GivenAnswer; wasSent: boolean } | null;
  /** Which of several waiting calls is shown, if a person chose one. */
  shownCallId: string | null;
  /** Everybody who has the session open now, the user included; empty while nobody else does. */
  present: readonly PresentPerson[];
  /** The rules that people have allowed for this session, oldest first. */
  rules: readonly SessionRule[];
  /** Where the conversation went on in several ways. */
  places: readonly BranchPlace[];
  /** A branch is being changed, or how that failed and at which message. */
  branching: { state: 'none' } | { state: 'busy' } | { state: 'failed'; messageId: string; problem: Problem };
  /** The message that is open for changes. */
  editing: string | null;
  /** The message that this browser has just switched to: its switch takes the focus. */
  switchedTo: string | null;
}

/** The state before anything has been loaded. */
export function createSessionState(sessionId: string): SessionState {
  return {
    sessionId,
    resource: null,
    view: emptySessionView,
    load: { state: 'loading' },
    older: 'none',
    send: { state: 'none' },
    answers: new Map(),
    answeredFirst: null,
    shownCallId: null,
    present: [],
    rules: [],
    places: [],
    branching: { state: 'none' },
    editing: null,
    switchedTo: null,
  };
}

/** The message that is being sent, until its event has arrived; or null. */
export function findOutgoing({ send, view }: Pick<SessionState, 'send' | 'view'>): OutgoingMessage | null {
  if (send.state !== 'sending') return null;
  const ids = [...view.waitingIds, ...(view.turns.at(-1)?.itemIds ?? [])];
  const isHere = ids.some((id) => {
    const item = view.items.get(id);
    return item?.kind === 'user' && item.seq > send.afterSeq && item.text.trim() === send.message.text.trim();
  });
  return isHere ? null : send.message;
}

/** Whether the session was shared with the user and is not any more, or they may not see it for another reason. */
export function isUnshared({ load }: Pick<SessionState, 'load'>): boolean {
  return load.state === 'failed' && load.problem.kind === 'denied';
}

/** Whether the session existed and was deleted. */
export function isDeleted({ load }: SessionState): boolean {
  return load.state === 'failed' && load.problem.kind === 'gone';
}
