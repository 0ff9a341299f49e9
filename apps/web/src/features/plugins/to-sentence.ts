/** A clause or a sentence of the server as a sentence that stands alone. A name that begins it stays as it is. */
export function toSentence(text: string): string {
  const [first = ''] = text.split(' ');
  const isWord = /^[a-z]+$/.test(first);
  const start = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]["”’)]?$/.test(start) || start === '' ? start : `${start}.`;
}
