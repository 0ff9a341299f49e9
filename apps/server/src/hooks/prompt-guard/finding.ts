/** What the prompt guard looks for. */
export type FindingKind = 'instruction' | 'hidden_characters' | 'exfiltration';

/** Something in a text that looks like an attack on the agent that reads it. */
export interface Finding {
  kind: FindingKind;
  /** Name of the rule that found it, for logs and tests. */
  rule: string;
  /** The place in the text, in characters that can be seen; at most 120. */
  excerpt: string;
}

const MAX_EXCERPT_CHARS = 120;

/** Cuts out what a rule has found, as one line. Characters that cannot be seen are written as `U+` and their number. */
export function toExcerpt(text: string, start: number, end: number): string {
  const cut = text.slice(start, Math.min(end, start + MAX_EXCERPT_CHARS));
  const shown = cut
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu, toCodePoint)
    .trim();
  return shown.length > MAX_EXCERPT_CHARS ? `${shown.slice(0, MAX_EXCERPT_CHARS - 1)}…` : shown;
}

function toCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} `;
}
