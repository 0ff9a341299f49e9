/** A part of a text: plain, or a mark for characters that a reader would not see. */
export type VisiblePart =
  | { kind: 'text'; text: string }
  | { kind: 'hidden'; code: string }
  | { kind: 'blanks'; count: number };

/**
 * A longer run of blanks is marked, because it pushes the text after it out of sight. An indent may be longer than a
 * gap within a line.
 */
const MAX_INDENT = 40;
const MAX_GAP = 15;

/**
 * Control characters, format characters (bidirectional, tag and zero-width characters), other characters without a
 * shape, line separators, private-use characters, and every blank except the plain space.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u2800]|(?! )\p{Zs}/u;
/** Joiners and variation selectors change the shape of an emoji, so they are visible there. */
const EMOJI = /\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}]|\u200D\p{Extended_Pictographic})*/u;
const SPECIAL = new RegExp(
  `(?<emoji>${EMOJI.source})|(?<blanks>[ \\t]{${MAX_GAP + 1},})|(?<hidden>${HIDDEN.source})`,
  'gu',
);

/** Splits one line of a text into plain parts and parts that have to be marked. Pure. */
export function toVisibleParts(line: string): readonly VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const match of line.matchAll(SPECIAL)) {
    const part = toPart(match);
    if (part === null) continue;
    if (match.index > from) parts.push({ kind: 'text', text: line.slice(from, match.index) });
    parts.push(part);
    from = match.index + match[0].length;
  }
  if (from < line.length) parts.push({ kind: 'text', text: line.slice(from) });
  return parts;
}

/** How many characters of a text are marked, not counting line ends. */
export function countHidden(text: string): number {
  let count = 0;
  for (const match of text.matchAll(SPECIAL)) {
    if (match.groups?.['hidden'] !== undefined && !/[\n\t]/.test(match[0])) count += 1;
  }
  return count;
}

function toPart(match: RegExpExecArray): VisiblePart | null {
  const { blanks, hidden } = match.groups ?? {};
  if (blanks !== undefined) {
    return match.index === 0 && blanks.length <= MAX_INDENT ? null : { kind: 'blanks', count: blanks.length };
  }
  if (hidden === undefined || hidden === '\t' || hidden === '\n') return null;
  return { kind: 'hidden', code: `U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` };
}
