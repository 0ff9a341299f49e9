/** A longer text is cut, because its layout would block the page for a second or more. */
const MAX_CHARS = 30_000;
const HEAD_CHARS = 6_000;
/**
 * The cut before the last part moves in steps of this many characters, so that a growing text is not laid out again at
 * every frame.
 */
const TAIL_CHARS = 2_000;
/** A cut is moved back to the start of a line or word if one begins within this many characters. */
const SEARCHED_CHARS = 400;

export interface CutText {
  head: string;
  /** The number of characters between the two parts. */
  hidden: number;
  tail: string;
}

/**
 * The first and the last part of a text of more than 30,000 characters; null for a shorter text, which is shown whole.
 */
export function cutText(text: string): CutText | null {
  if (text.length <= MAX_CHARS) return null;
  const from = findBreak(text, HEAD_CHARS);
  const to = findBreak(text, Math.floor((text.length - TAIL_CHARS) / TAIL_CHARS) * TAIL_CHARS);
  return { head: text.slice(0, from), hidden: to - from, tail: text.slice(to) };
}

/** The index of the cut at or shortly before `at`, never within a character. */
function findBreak(text: string, at: number): number {
  const start = at - SEARCHED_CHARS;
  const near = text.slice(start, at);
  const line = near.lastIndexOf('\n');
  if (line !== -1) return start + line + 1;
  const space = near.lastIndexOf(' ');
  if (space !== -1) return start + space + 1;
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at - 1 : at;
}

/** A line without breaks is laid out whole, however little of it is visible. */
const MAX_LINE_CHARS = 10_000;
const LINE_HEAD_CHARS = 2_000;

/** How many characters of a line without breaks are shown: all, or the first 2,000 of more than 10,000. */
export function countShownChars(length: number): number {
  return length > MAX_LINE_CHARS ? LINE_HEAD_CHARS : length;
}
