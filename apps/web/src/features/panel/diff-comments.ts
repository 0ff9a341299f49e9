import { useMemo } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';

/** A remark on a line of a difference, not sent yet. */
export interface DiffComment {
  path: string;
  /** Whether the line is one that is gone. */
  side: 'old' | 'new';
  /** Of that side. */
  line: number;
  /** The line as it was when it was remarked on. */
  quote: string;
  text: string;
}

export interface DiffComments {
  all: readonly DiffComment[];
  /** Adds it, or replaces the one of the same line. */
  put: (comment: DiffComment) => void;
  remove: (comment: DiffComment) => void;
  clear: () => void;
}

/** The comments of this person on this session. They are kept with the drafts of messages, over reloads. */
export function useDiffComments(): DiffComments {
  const { drafts } = useServices();
  const key = `${useSession((state) => state.sessionId)}.comments`;
  const stored = useStore(drafts.store, () => drafts.get(key));
  return useMemo(() => {
    const all = parseComments(stored);
    const set = (next: readonly DiffComment[]) => drafts.set(key, next.length === 0 ? '' : JSON.stringify(next));
    const others = (comment: DiffComment) =>
      parseComments(drafts.get(key)).filter((each) => !isSameLine(each, comment));
    return {
      all,
      put: (comment) => set([...others(comment), comment].toSorted(compare)),
      remove: (comment) => set(others(comment)),
      clear: () => set([]),
    };
  }, [drafts, key, stored]);
}

/** What was stored, without what is no comment. */
export function parseComments(stored: string): DiffComment[] {
  if (stored === '') return [];
  try {
    const parsed: unknown = JSON.parse(stored);
    return Array.isArray(parsed) ? parsed.filter(isComment) : [];
  } catch {
    return [];
  }
}

/** One message for the agent: each comment with its file, its line, and the line itself. Pure. */
export function toCommentMessage(comments: readonly DiffComment[]): string {
  const parts = comments.map(
    ({ path, side, line, quote, text }) =>
      `${path}, ${side === 'old' ? 'removed line' : 'line'} ${line}:\n> ${quote}\n${text}`,
  );
  const head = comments.length === 1 ? 'A comment on your changes.' : 'Comments on your changes.';
  return [head, ...parts].join('\n\n');
}

export function isSameLine(one: Omit<DiffComment, 'quote' | 'text'>, other: Omit<DiffComment, 'quote' | 'text'>) {
  return one.path === other.path && one.side === other.side && one.line === other.line;
}

function compare(one: DiffComment, other: DiffComment): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line;
}

function isComment(value: unknown): value is DiffComment {
  const { path, side, line, quote, text } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof path === 'string' &&
    (side === 'old' || side === 'new') &&
    typeof line === 'number' &&
    typeof quote === 'string' &&
    typeof text === 'string'
  );
}
