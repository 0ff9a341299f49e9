import { maskSecrets, type UserContentBlock } from '@claude-sdk-pattern/protocol';

import { findSecrets } from '../permissions/secrets/find-secrets.ts';

const MAX_TITLE_CHARS = 60;
/** The search for secrets takes a few µs a character, and no key that begins in a title is longer. */
const MAX_SEARCHED_CHARS = 4000;

/**
 * A title from the first line of a message, with masks in place of secrets: titles stand in lists, in the browser's history and
 * on screens that others see. Undefined when it has no text.
 */
export function toTitle(
  content: readonly { type: string; text?: string }[] | readonly UserContentBlock[],
): string | undefined {
  const text = content.map((block) => ('text' in block && typeof block.text === 'string' ? block.text : '')).join('\n');
  const first = text
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '');
  if (first === undefined) return undefined;
  const line = hideSecrets(first);
  if (line.length <= MAX_TITLE_CHARS) return line;
  // Does not cut a character of two UTF-16 units in half.
  const cut = line.slice(0, MAX_TITLE_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '');
  const atWord = cut.lastIndexOf(' ');
  return `${atWord > MAX_TITLE_CHARS / 2 ? cut.slice(0, atWord) : cut}…`;
}

function hideSecrets(text: string): string {
  const line = text.slice(0, MAX_SEARCHED_CHARS).replace(/[\uD800-\uDBFF]$/, '');
  const { marks } = findSecrets({ line }, { hidesBlocks: true });
  return String(maskSecrets({ line }, marks)['line']);
}
