/** How well what somebody types fits an entry: every word has to be in it. 1 where it begins so, 0 where it does not fit. */
export function matchWords(entry: string, typed: string): number {
  const text = entry.toLowerCase();
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => text.includes(word))) return 0;
  return text.startsWith(words.join(' ')) ? 1 : 0.5;
}

/** The word that narrows most, for a server that looks for one piece of text; empty when nothing is typed. */
export function findLongestWord(typed: string): string {
  return typed.split(/\s+/).reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}
