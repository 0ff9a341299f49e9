/** The lines of a field, without those that are empty. */
export function toLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** A pair of each line, as `NAME=value` or `Name: value`; a line without the separator is left out. */
export function toPairs(text: string, separator: '=' | ':'): Record<string, string> {
  const pairs = toLines(text).flatMap((line): [string, string][] => {
    const at = line.indexOf(separator);
    return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  });
  return Object.fromEntries(pairs);
}
