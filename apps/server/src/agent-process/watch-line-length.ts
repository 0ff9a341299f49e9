import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Calls back once when a line of the stream is longer than this. Whoever reads by lines holds a line until it ends, and
 * what runs beside the CLI can write to its output.
 */
export function watchLineLength(stream: Readable, maxBytes: number, onTooLong: () => void): void {
  let bytes = 0;
  stream.on('data', function watch(chunk: Buffer) {
    const last = chunk.lastIndexOf(NEWLINE);
    bytes = last === -1 ? bytes + chunk.length : chunk.length - last - 1;
    if (bytes <= maxBytes) return;
    stream.off('data', watch);
    onTooLong();
  });
}
