import { useMemo } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toPlace, type Place } from './line-range.ts';
import type { DiffLine } from '../tools/diff-hunks.ts';

/** A remark on a line of a difference, or on several, not sent yet. Its place is that of the last line. */
export interface DiffComment extends Place {
  path: string;
  /** The first of several lines. */
  from?: Place;
  /** The line as it was when it was remarked on. Of several, each with its sign. */
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

/** What a comment on these lines keeps of them; they are in the order of the screen. Pure. */
export function toQuoted(lines: readonly DiffLine[]): Pick<DiffComment, 'from' | 'quote'> {
  const [first, ...others] = lines;
  if (first === undefined) return { quote: '' };
  if (others.length === 0) return { quote: first.text };
  return { from: toPlace(first), quote: lines.map(({ sign, text }) => sign + text).join('\n') };
}

/** One message for the agent: each comment with its file, its lines, and the lines themselves. Pure. */
export function toCommentMessage(comments: readonly DiffComment[]): string {
  const parts = comments.map(({ path, quote, text, ...at }) => {
    const quoted = quote.split('\n').map((line) => `> ${line}`);
    return [`${path}, ${tellPlace(at)}:`, ...quoted, text].join('\n');
  });
  const head = comments.length === 1 ? 'A comment on your changes.' : 'Comments on your changes.';
  return [head, ...parts].join('\n\n');
}

function tellPlace({ from, side, line }: Pick<DiffComment, 'from' | 'side' | 'line'>): string {
  const last = `${side === 'old' ? 'removed line' : 'line'} ${line}`;
  if (from === undefined) return last;
  if (from.side !== side) return `${from.side === 'old' ? 'removed line' : 'line'} ${from.line} to ${last}`;
  return `${side === 'old' ? 'removed lines' : 'lines'} ${from.line} to ${line}`;
}

export function isSameLine(one: Place & { path: string }, other: Place & { path: string }) {
  return one.path === other.path && one.side === other.side && one.line === other.line;
}

function compare(one: DiffComment, other: DiffComment): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line;
}

function isComment(value: unknown): value is DiffComment {
  const { path, from, quote, text } = (value ?? {}) as Record<string, unknown>;
  return (
    isPlace(value) &&
    (from === undefined || isPlace(from)) &&
    typeof path === 'string' &&
    typeof quote === 'string' &&
    typeof text === 'string'
  );
}

function isPlace(value: unknown): boolean {
  const { side, line } = (value ?? {}) as Record<string, unknown>;
  return (side === 'old' || side === 'new') && typeof line === 'number';
}
