import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Calls back once when a line of the stream is longer than this. A reader of lines keeps a line in memory until it
 * ends, and a program beside the CLI can write to its output.
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
