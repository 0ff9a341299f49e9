/** A stretch of a text: as it is, or a mark for what the eye would miss. */
export type VisiblePart =
  | { kind: 'text'; text: string }
  | { kind: 'hidden'; code: string }
  | { kind: 'blanks'; count: number };

/** A longer run of blanks pushes what follows out of sight; an indent may be longer than a gap within a line. */
const MAX_INDENT = 40;
const MAX_GAP = 15;

/**
 * Controls, format characters (bidirectional ones, tags, zero-width ones), other characters without a shape, separators
 * of lines, private ones, and every blank but the plain one.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u2800]|(?! )\p{Zs}/u;
/** What joins or selects the parts of an emoji shows in its shape. */
const EMOJI = /\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}]|\u200D\p{Extended_Pictographic})*/u;
const SPECIAL = new RegExp(
  `(?<emoji>${EMOJI.source})|(?<blanks>[ \\t]{${MAX_GAP + 1},})|(?<hidden>${HIDDEN.source})`,
  'gu',
);

/** Splits one line of a text into what can be shown as it is and what has to be marked. Pure. */
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

/** How many characters of a text are marked; line ends are none of them. */
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
