/** The line end of a text that has only one kind, undefined for the usual one; a mixed one is kept as characters, with `\n` as the line end. Pure. */
export function findLineEnd(text: string): '\n' | '\r\n' | undefined {
  const windows = text.split('\r\n').length - 1;
  const all = text.split('\n').length - 1;
  if (windows > 0 && windows === all && !/\r(?!\n)/.test(text)) return '\r\n';
  return text.includes('\r') ? '\n' : undefined;
}
