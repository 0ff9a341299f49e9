import type { SearchTerm } from '../store/search-query.ts';
import { splitWords } from './split-words.ts';

/** More do not narrow a search. */
const MAX_TERMS = 16;
/** Shorter beginnings have so many words that looking them up takes seconds (FTS5 in SQLite 3.54, 2 million texts). */
const MIN_PREFIX = 3;

const PART = /"([^"]*)"?|[^\s"]+/gu;

/**
 * What a text must have to be found by what a person typed: each word, in any order; in quotes, or joined as in
 * `src/app.ts`, one behind the other. The last word may be a beginning, unless it is in quotes. Empty without words.
 */
export function parseQuery(query: string): SearchTerm[] {
  const parts = [...query.matchAll(PART)].slice(0, MAX_TERMS);
  return parts.flatMap(({ 0: part, 1: quoted }, index): SearchTerm[] => {
    const words = [...splitWords(quoted ?? part)].map(({ word }) => word);
    if (words.length === 0) return [];
    const last = words.at(-1) ?? '';
    const isPrefix = quoted === undefined && index === parts.length - 1 && last.length >= MIN_PREFIX;
    return [{ words, isPrefix }];
  });
}
