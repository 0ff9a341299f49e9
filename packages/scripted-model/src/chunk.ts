const naturalChunkLength = 8;

/**
 * Cuts a text for streaming: into `size` code points each, or without a size into pieces of one or
 * two words. The pieces joined are the text.
 */
export function toChunks(text: string, size?: number): string[] {
  return size === undefined ? toWordChunks(text) : toSizedChunks(text, Math.max(1, Math.floor(size)));
}

function toWordChunks(text: string): string[] {
  const chunks: string[] = [];
  let open = '';
  for (const [word] of text.matchAll(/\s*\S+|\s+$/g)) {
    open += word;
    if (open.length < naturalChunkLength) continue;
    chunks.push(open);
    open = '';
  }
  if (open !== '') chunks.push(open);
  return chunks;
}

function toSizedChunks(text: string, size: number): string[] {
  const points = Array.from(text);
  const chunks: string[] = [];
  for (let start = 0; start < points.length; start += size) chunks.push(points.slice(start, start + size).join(''));
  return chunks;
}
