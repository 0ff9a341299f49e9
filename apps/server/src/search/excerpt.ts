import type { SearchTerm } from '../store/search-query.ts';
import { splitWords, type Word } from './split-words.ts';

/** A piece of a text around what was found in it. */
export interface Excerpt {
  /** On one line; begins or ends with `…` where the text goes on. */
  text: string;
  /** Where in it the words are that were looked for: start and end, in UTF-16 code units, in order, apart. */
  highlights: [start: number, end: number][];
}

const MAX_LENGTH = 180;
/** Of what stands before the first hit. */
const LEAD = 50;
/** Of a very long text only the beginning is looked through, as it is when words are stored. */
export const MAX_SEARCHED = 100_000;

/** The first piece of a text that has words of the query; its beginning where none is found. */
export function toExcerpt(text: string, terms: readonly SearchTerm[]): Excerpt {
  const words = readWords(text, terms);
  const hits = terms.flatMap((term) => findTerm(words, term)).toSorted((a, b) => a.start - b.start);
  const start = toStart(text, Math.max(0, (hits[0]?.start ?? 0) - LEAD));
  const end = toEnd(text, start + MAX_LENGTH);
  const lead = start > 0 ? '…' : '';
  const shift = lead.length - start;
  const highlights: Excerpt['highlights'] = [];
  for (const hit of hits) {
    if (hit.end > end) break;
    const last = highlights.at(-1);
    const [from, to] = [hit.start + shift, hit.end + shift];
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else highlights.push([from, to]);
  }
  // One character stays one, so that the places stay right.
  const line = text.slice(start, end).replaceAll(/[\s\p{Cc}]/gu, ' ');
  return { text: `${lead}${line}${end < text.length ? '…' : ''}`, highlights };
}

/** The words to the end of the piece that will be shown. */
function readWords(text: string, terms: readonly SearchTerm[]): Word[] {
  const words: Word[] = [];
  let end = Infinity;
  for (const word of splitWords(text.slice(0, MAX_SEARCHED))) {
    if (word.start > end) break;
    words.push(word);
    if (end === Infinity && terms.some((term) => endsWith(words, term))) end = word.end + MAX_LENGTH;
  }
  return words;
}

function endsWith(words: readonly Word[], { words: wanted, isPrefix }: SearchTerm): boolean {
  const from = words.length - wanted.length;
  return from >= 0 && isAt(words, from, { words: wanted, isPrefix });
}

function isAt(words: readonly Word[], at: number, { words: wanted, isPrefix }: SearchTerm): boolean {
  return wanted.every((word, index) => {
    const here = words[at + index]?.word ?? '';
    return isPrefix && index === wanted.length - 1 ? here.startsWith(word) : here === word;
  });
}

function findTerm(words: readonly Word[], term: SearchTerm): { start: number; end: number }[] {
  const last = term.words.length - 1;
  const found: { start: number; end: number }[] = [];
  for (let at = 0; at + last < words.length; at += 1)
    if (isAt(words, at, term)) found.push({ start: words[at]?.start ?? 0, end: words[at + last]?.end ?? 0 });
  return found;
}

/** Moves a place out of the middle of a word or of a character. */
function toStart(text: string, at: number): number {
  if (at === 0) return 0;
  const blank = text.slice(at, at + LEAD / 2).search(/\s/u);
  if (blank !== -1) return at + blank + 1;
  return isInsidePair(text, at) ? at + 1 : at;
}

function toEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  return isInsidePair(text, at) ? at - 1 : at;
}

function isInsidePair(text: string, at: number): boolean {
  const [before, behind] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before < 0xdc00 && behind >= 0xdc00 && behind < 0xe000;
}
