import { isDeepStrictEqual } from 'node:util';

import type { ErrorFrame, ReplyFrame, UserEventParams } from '@claude-sdk-pattern/protocol';

import type { Tally } from '../soak/tally.ts';
import { toMessageText } from '../recall/message-text.ts';

/** A frame that has to take effect exactly once. */
export type OnceFrame =
  | { type: 'session.send'; id: string; session_id: string; events: UserEventParams[] }
  | { type: 'session.create'; id: string; session: { title: string } };

/** One frame and everything known about it. */
export interface LedgerEntry {
  frame: OnceFrame;
  /** The text of a message; no other message has it. */
  token: string | undefined;
  /** The first answer; undefined until it arrives. */
  result: unknown;
}

/** A repeated update may take effect again, so each update is sent once. */
export interface UpdateEntry {
  sessionId: string;
  title: string;
  answered: boolean;
}

/** Every frame of a round from every client, with its answers. */
export interface FrameLedger {
  readonly entries: readonly LedgerEntry[];
  readonly updates: ReadonlyMap<string, UpdateEntry>;
  /** Creates a frame with a new message, or with an interrupt for a session without a process. */
  makeSend: (sessionId: string, options: { talking: boolean }) => OnceFrame;
  makeCreate: () => OnceFrame;
  makeUpdate: (sessionId: string) => { type: 'session.update'; id: string; session_id: string; title: string };
  /** Picks an earlier frame; undefined if there is none. */
  pick: (index: number) => OnceFrame | undefined;
  /** Whether the frame has its answer, or will never get one. */
  isSettled: (id: string) => boolean;
  /** Records an answer from any connection. An answer that differs from the first one is a problem. */
  answer: (answer: ReplyFrame | ErrorFrame) => void;
}

const KEPT_UNANSWERED = new Set(['overloaded_error', 'rate_limit_error']);

/** @param name begins every id and token of the round, so that two rounds never share one. */
export function createFrameLedger(name: string, tally: Tally): FrameLedger {
  const entries: LedgerEntry[] = [];
  const byId = new Map<string, LedgerEntry>();
  const updates = new Map<string, UpdateEntry>();
  const refused = new Set<string>();
  let made = 0;

  const keep = (frame: OnceFrame, token?: string): OnceFrame => {
    const entry = { frame, token, result: undefined };
    entries.push(entry);
    byId.set(frame.id, entry);
    return frame;
  };
  const nextId = (kind: string) => `${name}-${kind}${(made += 1)}`;

  return {
    entries,
    updates,
    makeSend(sessionId, { talking }) {
      const id = nextId('s');
      const text = toMessageText('note', id);
      const events: UserEventParams[] = talking
        ? [{ type: 'user.message', content: [{ type: 'text', text }] }]
        : [{ type: 'user.interrupt' }];
      return keep({ type: 'session.send', id, session_id: sessionId, events }, talking ? id : undefined);
    },
    makeCreate() {
      const id = nextId('c');
      return keep({ type: 'session.create', id, session: { title: id } });
    },
    makeUpdate(sessionId) {
      const id = nextId('u');
      updates.set(id, { sessionId, title: id, answered: false });
      return { type: 'session.update', id, session_id: sessionId, title: id };
    },
    pick: (index) => entries[index % Math.max(1, entries.length)]?.frame,
    isSettled: (id) => refused.has(id) || byId.get(id)?.result !== undefined,
    answer(answer) {
      if (answer.id === null) {
        if (answer.type === 'error') tally.problem('answers.errors', JSON.stringify(answer));
        return;
      }
      const update = updates.get(answer.id);
      if (update && answer.type === 'reply') update.answered = true;
      const entry = byId.get(answer.id);
      if (answer.type === 'error') {
        if (KEPT_UNANSWERED.has(answer.error.type)) return;
        refused.add(answer.id);
        tally.problem('answers.errors', `${answer.id}: ${JSON.stringify(answer.error)}`);
      } else if (entry) {
        tally.add('answers');
        const result = toComparable(entry.frame, answer.result);
        entry.result ??= result;
        if (!isDeepStrictEqual(entry.result, result)) {
          const both = `${JSON.stringify(entry.result)}, then ${JSON.stringify(result)}`;
          tally.problem('answers.differing', `${answer.id}: ${both}`);
        }
      }
    },
  };
}

/** A session's state may differ between two answers to its creation; its id may not. */
function toComparable(frame: OnceFrame, result: unknown): unknown {
  if (frame.type === 'session.send') return result;
  return (result as { session: { id: string } }).session.id;
}
