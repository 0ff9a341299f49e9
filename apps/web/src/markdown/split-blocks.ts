import type { Token, Tokens } from 'marked';

import { cutText } from '../ui/cut-text.ts';
import { lex } from './lexer.ts';

/** One top-level block of a Markdown text. `key` is stable while text is appended after it. */
export interface MarkdownBlock {
  key: string;
  raw: string;
  /** For a very long paragraph that grew, only the type of the token is up to date. */
  token: Token;
  lines: number;
}

interface Parsed {
  text: string;
  blocks: readonly MarkdownBlock[];
  /** Where the last block begins in `text`. */
  openAt: number;
  /** Link definitions change how earlier blocks are parsed, so a text that contains one is always parsed whole. */
  hasDefinitions: boolean;
}

const MAX_CACHED = 400;
const cache = new Map<string, Parsed>();

/**
 * Splits a text into its top-level blocks. If the text has grown since the last call with the same id, only the last,
 * open block is parsed again; closed blocks keep their identity.
 */
export function splitBlocks(id: string, text: string): readonly MarkdownBlock[] {
  const known = cache.get(id);
  if (known?.text === text) return known.blocks;
  const parsed =
    known !== undefined && text.startsWith(known.text) && !known.hasDefinitions ? extend(known, text) : parse(text);
  cache.delete(id);
  cache.set(id, parsed);
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value ?? '');
  return parsed.blocks;
}

function parse(text: string): Parsed {
  return toParsed(text, [], 0);
}

/** Whether a block limits by itself how much of it is shown. */
export function hasOwnWindow({ type }: Token): boolean {
  return type === 'code' || type === 'table';
}

function extend(known: Parsed, text: string): Parsed {
  const grown = extendLongParagraph(known, text);
  if (grown !== null) return grown;
  const closed = known.blocks.slice(0, -1);
  return toParsed(text, closed, known.openAt);
}

/** A paragraph whose marks are not visible is not parsed again when only words or lines of words were added to it. */
function extendLongParagraph(known: Parsed, text: string): Parsed | null {
  const last = known.blocks.at(-1);
  if (last?.token.type !== 'paragraph' || cutText(last.raw) === null) return null;
  if (known.openAt + last.raw.length !== known.text.length || last.raw.endsWith('\n')) return null;
  if (!/^(?:[^\r\n]|\n(?=\p{L}))*$/u.test(text.slice(known.text.length))) return null;
  const block = { ...last, raw: text.slice(known.openAt) };
  return { ...known, text, blocks: [...known.blocks.slice(0, -1), block] };
}

function toParsed(text: string, closed: readonly MarkdownBlock[], from: number): Parsed {
  const tail = text.slice(from);
  const tokens = lex(tail);
  const blocks = [...closed];
  let offset = from;
  let openAt = from;
  let hasDefinitions = false;
  for (const token of tokens) {
    if (token.type === 'def') hasDefinitions = true;
    else if (token.type !== 'space') {
      openAt = offset;
      blocks.push({ key: String(blocks.length), raw: token.raw, token, lines: countLines(token) });
    }
    offset += token.raw.length;
  }
  // The lexer normalises line ends, so its offsets do not fit a text with other line ends.
  return {
    text,
    blocks,
    openAt: offset === text.length ? openAt : 0,
    hasDefinitions: hasDefinitions || offset !== text.length,
  };
}

function countLines(token: Token): number {
  if (token.type === 'code') return Math.min((token as Tokens.Code).text.split('\n').length, 40) + 2;
  const shown = hasOwnWindow(token) ? token.raw : (cutText(token.raw)?.head ?? token.raw);
  return shown.split('\n').length + Math.floor(shown.length / 90);
}
