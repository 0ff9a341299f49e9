/**
 * How well typed words match an entry. Every word has to occur. 1 if the entry begins with the words, 0 if it does not
 * match.
 */
export function matchWords(entry: string, typed: string): number {
  const text = entry.toLowerCase();
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => text.includes(word))) return 0;
  return text.startsWith(words.join(' ')) ? 1 : 0.5;
}

/** The longest word, for a server that searches for one piece of text; empty if nothing is typed. */
export function findLongestWord(typed: string): string {
  return typed.split(/\s+/).reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}
