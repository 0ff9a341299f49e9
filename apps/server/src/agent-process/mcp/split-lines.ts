/** A line of a server's output, or the two ends of one that was too long to keep. */
export type SplitLine = { text: string } | { head: string; tail: string };

export interface LineSplitter {
  /** The lines that end in this chunk, one after the other. */
  feed(chunk: Buffer): Generator<SplitLine, void>;
  /** Bytes of the line that has not ended, also those that were not kept. */
  readonly openBytes: number;
}

const LINE_FEED = 10;
/** Of a line that is too long: enough for the id of a message, wherever it stands. */
const EDGE_BYTES = 256;

/** Splits output into lines without keeping more of one than `maxBytes`. */
export function createLineSplitter(maxBytes: number): LineSplitter {
  let kept: Buffer[] = [];
  let openBytes = 0;
  let head = '';
  let tail = Buffer.alloc(0);

  const add = (part: Buffer) => {
    openBytes += part.length;
    if (openBytes <= maxBytes) kept.push(part);
    else {
      // Nothing but its ends is kept from now on.
      if (kept.length > 0) {
        const whole = Buffer.concat(kept);
        kept = [];
        head = whole.toString('utf8', 0, EDGE_BYTES);
        tail = Buffer.from(whole.subarray(-EDGE_BYTES));
      }
      tail = Buffer.concat([tail, part.subarray(-EDGE_BYTES)]).subarray(-EDGE_BYTES);
    }
  };

  const end = (): SplitLine => {
    const isWhole = openBytes <= maxBytes;
    const line = isWhole ? { text: Buffer.concat(kept).toString('utf8') } : { head, tail: tail.toString('utf8') };
    kept = [];
    tail = Buffer.alloc(0);
    head = '';
    openBytes = 0;
    return line;
  };

  return {
    *feed(chunk) {
      let start = 0;
      for (;;) {
        const index = chunk.indexOf(LINE_FEED, start);
        if (index === -1) break;
        add(chunk.subarray(start, index));
        yield end();
        start = index + 1;
      }
      if (start < chunk.length) add(chunk.subarray(start));
    },
    get openBytes() {
      return openBytes;
    },
  };
}
