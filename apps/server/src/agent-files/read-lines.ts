import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface LineBounds {
  /** The rest is not read; with `fromEnd`, only the last so many bytes are read. */
  maxBytes: number;
  fromEnd?: boolean;
  /** A longer line is skipped. */
  maxLineBytes: number;
}

/**
 * The lines of a file, those of one chunk together. Only the bytes that the file had at the beginning are read, so
 * that a growing file has an end. The caller closes the file.
 */
export async function* readLines(
  file: FileHandle,
  { maxBytes, maxLineBytes, fromEnd = false }: LineBounds,
): AsyncGenerator<string[]> {
  const { size } = await file.stat();
  const start = fromEnd ? Math.max(0, size - maxBytes) : 0;
  const end = fromEnd ? size : Math.min(size, maxBytes);
  // A line whose beginning was not read is skipped.
  let isCut = start > 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for (let position = start; position < end;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1 && at < bytesRead; at = chunk.indexOf(NEWLINE, from)) {
      if (!isCut && begunBytes + at - from <= maxLineBytes) {
        lines.push(Buffer.concat([...begun, chunk.subarray(from, at)]).toString('utf8'));
      }
      isCut = false;
      begun = [];
      begunBytes = 0;
      from = at + 1;
    }
    begunBytes += bytesRead - from;
    if (isCut || begunBytes > maxLineBytes) begun = [];
    else if (bytesRead > from) begun.push(chunk.subarray(from, bytesRead));
    if (lines.length > 0) yield lines;
  }
  if (!isCut && begunBytes > 0 && begunBytes <= maxLineBytes) yield [Buffer.concat(begun).toString('utf8')];
}
