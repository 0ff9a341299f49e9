/** What one answer may still take. */
export interface Room {
  /** Characters. */
  left: number;
  /** Milliseconds for comparing texts, which nothing else can interrupt. */
  ms: number;
}

const MAX_VALUE_CHARS = 2000;
/** Of what both texts have in common before they differ. */
const LEAD_CHARS = 100;

/** The beginning of a text, and how much more there is. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  // Not in the middle of a character.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return `${text.slice(0, end)} … (${text.length - end} more characters)`;
}

/**
 * Two values within bounds. Where they are long, what stands before their first difference is left out, so that it is seen.
 * @param room It takes what it uses; nothing is left of values where there is none.
 */
export function cutPair(
  before: string | null,
  after: string | null,
  room: Room,
): { before: string | null; after: string | null } {
  const longest = Math.max(before?.length ?? 0, after?.length ?? 0);
  const max = Math.max(0, Math.min(MAX_VALUE_CHARS, room.left));
  const start = longest <= max || before === null || after === null || before === after ? 0 : findStart(before, after);
  const cut = (text: string | null) =>
    text === null ? null : `${start === 0 ? '' : `(${start} same characters) … `}${cutText(text.slice(start), max)}`;
  const shown = { before: cut(before), after: cut(after) };
  room.left -= (shown.before?.length ?? 0) + (shown.after?.length ?? 0);
  return shown;
}

function findStart(before: string, after: string): number {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const start = Math.max(0, same - LEAD_CHARS);
  return /[\uDC00-\uDFFF]/.test(before.charAt(start)) ? start + 1 : start;
}
