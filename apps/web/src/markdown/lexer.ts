import { Marked, type Token, type TokenizerAndRendererExtension } from 'marked';

/** A formula in TeX. `display` stands on lines of its own. */
export interface MathToken {
  type: 'math';
  raw: string;
  tex: string;
  display: boolean;
}

/** A longer one is nothing that anybody reads as a formula. */
const MAX_TEX_CHARS = 4000;

/** `\( … \)`, `\[ … \]` and `$$ … $$`: what these stand around is meant as a formula. */
const PAIRS: readonly { open: string; close: string; display: boolean }[] = [
  { open: '\\(', close: '\\)', display: false },
  { open: '\\[', close: '\\]', display: true },
  { open: '$$', close: '$$', display: true },
];

/**
 * `$ … $` is also two prices: nothing but a formula has no blank inside the dollars, no letter or digit after them, and
 * something in it that only formulas have, or is one letter.
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

/** Reads Markdown as GitHub writes it, with formulas. */
export function lex(text: string): Token[] {
  return parser.lexer(text);
}

/** Reads one line of it, without blocks. */
export function lexInline(text: string): Token[] {
  return parser.Lexer.lexInline(text, parser.defaults);
}
