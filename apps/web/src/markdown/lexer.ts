import { Marked, type Token, type TokenizerAndRendererExtension } from 'marked';

/** A formula in TeX. A `display` formula has its own lines. */
export interface MathToken {
  type: 'math';
  raw: string;
  tex: string;
  display: boolean;
}

/** A longer text between these delimiters is not read as a formula. */
const MAX_TEX_CHARS = 4000;

/** `\( … \)`, `\[ … \]` and `$$ … $$` always delimit a formula. */
const PAIRS: readonly { open: string; close: string; display: boolean }[] = [
  { open: '\\(', close: '\\)', display: false },
  { open: '\\[', close: '\\]', display: true },
  { open: '$$', close: '$$', display: true },
];

/**
 * `$ … $` may also be two prices. It is a formula only if it has no blank inside the dollar signs, no letter or digit
 * after them, and contains either a character that only formulas have or a single letter.
 */
const DOLLARS = /^\$(?!\s)((?:[^$\\\n]|\\[^\n])+?)(?<!\s)\$(?![\p{L}\p{N}])/u;
const ONLY_IN_FORMULAS = /[\\^_{}=<>]|^\p{L}$/u;

function readMath(source: string, atLineStart: boolean): MathToken | undefined {
  for (const { open, close, display } of PAIRS) {
    if (!source.startsWith(open)) continue;
    const end = source.indexOf(close, open.length);
    if (end === -1 || end > MAX_TEX_CHARS) return undefined;
    const tex = source.slice(open.length, end).trim();
    if (tex === '' || /\n\s*\n/.test(tex)) return undefined;
    const raw = source.slice(0, end + close.length);
    if (!atLineStart) return { type: 'math', raw, tex, display };
    const rest = /^[ \t]*(?:\n+|$)/.exec(source.slice(raw.length));
    return display && rest !== null ? { type: 'math', raw: raw + rest[0], tex, display } : undefined;
  }
  const [raw, tex = ''] = (!atLineStart && DOLLARS.exec(source)) || [];
  return raw !== undefined && ONLY_IN_FORMULAS.test(tex) ? { type: 'math', raw, tex, display: false } : undefined;
}

const block: TokenizerAndRendererExtension = {
  name: 'math',
  level: 'block',
  start: (source) => /\n(?=\\\[|\$\$)/.exec(source)?.index,
  tokenizer: (source) => readMath(source, true),
};
const inline: TokenizerAndRendererExtension = {
  name: 'math',
  level: 'inline',
  start: (source) => /\\[([]|\$/.exec(source)?.index,
  tokenizer: (source) => readMath(source, false),
};

const parser = new Marked({ gfm: true, extensions: [block, inline] });

/** Parses Markdown in GitHub's dialect, with formulas. */
export function lex(text: string): Token[] {
  return parser.lexer(text);
}

/** Parses one line of it, without block elements. */
export function lexInline(text: string): Token[] {
  return parser.Lexer.lexInline(text, parser.defaults);
}
