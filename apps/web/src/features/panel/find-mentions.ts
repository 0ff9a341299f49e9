/** A piece of a message: plain text, or a file that it names. */
export interface MessagePart {
  text: string;
  /** The path of the file in the workspace; null for plain text. */
  path: string | null;
}

const MENTION = /(?<=^|\s)@(?:"([^"\n]+)"|([^\s@"]+))/g;
/** Characters that end a sentence and are not part of the path. */
const PUNCTUATION = /[.,;:!?)\]]+$/;

/**
 * Splits a message at the files that it names with `@`. A name without a dot or slash is a person's name and stays
 * text. Pure.
 */
export function findMentions(text: string): MessagePart[] {
  const parts: MessagePart[] = [];
  let end = 0;
  for (const match of text.matchAll(MENTION)) {
    const path = match[1] ?? (match[2] ?? '').replace(PUNCTUATION, '');
    if (!/[./]/.test(path) || path.startsWith('/')) continue;
    const length = match[1] === undefined ? path.length + 1 : match[0].length;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), path: null });
    parts.push({ text: text.slice(match.index, match.index + length), path });
    end = match.index + length;
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), path: null });
  return parts;
}
