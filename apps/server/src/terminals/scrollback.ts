/** The newest bytes of a stream, by the number of each. The first byte of all has the number 0. */
export interface Scrollback {
  /** The number of the oldest byte that is kept. */
  readonly start: number;
  /** The number after the newest byte. */
  readonly end: number;
  append(data: Buffer): void;
  /** The bytes from a number that is kept, at most `maxBytes`; empty at the end. */
  read(from: number, maxBytes: number): Buffer;
}

/** Keeps between `keptBytes` and `keptBytes` with the newest chunk. */
export function createScrollback(keptBytes: number): Scrollback {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let end = 0;
  return {
    get start() {
      return end - bytes;
    },
    get end() {
      return end;
    },
    append(data) {
      chunks.push(data);
      bytes += data.length;
      end += data.length;
      let dropped = 0;
      for (let first = chunks[0]; first && bytes - first.length >= keptBytes; first = chunks[dropped]) {
        bytes -= first.length;
        dropped += 1;
      }
      if (dropped > 0) chunks = chunks.slice(dropped);
    },
    read(from, maxBytes) {
      let skipped = from - (end - bytes);
      const parts: Buffer[] = [];
      let left = maxBytes;
      for (const chunk of chunks) {
        if (left === 0) break;
        if (skipped >= chunk.length) {
          skipped -= chunk.length;
          continue;
        }
        const part = chunk.subarray(skipped, skipped + left);
        skipped = 0;
        left -= part.length;
        parts.push(part);
      }
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    },
  };
}
