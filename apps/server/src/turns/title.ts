import type { UserContentBlock } from '@claude-sdk-pattern/protocol';

const MAX_TITLE_CHARS = 60;

/** A title from the first line of a message; undefined when it has no text. */
export function toTitle(
  content: readonly { type: string; text?: string }[] | readonly UserContentBlock[],
): string | undefined {
  const text = content.map((block) => ('text' in block && typeof block.text === 'string' ? block.text : '')).join('\n');
  const line = text
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '');
  if (line === undefined) return undefined;
  if (line.length <= MAX_TITLE_CHARS) return line;
  // Does not cut a character of two UTF-16 units in half.
  const cut = line.slice(0, MAX_TITLE_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '');
  const atWord = cut.lastIndexOf(' ');
  return `${atWord > MAX_TITLE_CHARS / 2 ? cut.slice(0, atWord) : cut}…`;
}
