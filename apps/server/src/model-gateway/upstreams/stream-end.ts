/**
 * The types of the first and the last event of a message in a stream of the Messages API (2023-06-01). In texts the quotes
 * have a backslash before them.
 */
const FIRST_EVENT = '"message_start"';
const LAST_EVENT = '"message_stop"';
/** Longer than the last event with its data. */
const KEPT_BYTES = 1024;
/** How a line of an event stream begins; or the end of one, where a server sends a blank line first. */
const LINE = /^(?:event|data|id|retry|:|\s)/;
/** Long enough to tell. */
const LINE_BYTES = 5;

/** Notices the end of a stream in its bytes. Give it every chunk. */
export interface StreamEnd {
  push(chunk: Buffer): void;
  /** Whether the last event has come. */
  readonly isReached: boolean;
  /** Whether a message has begun, and its last event has not come. */
  readonly isOwed: boolean;
}

export function createStreamEnd(): StreamEnd {
  let tail: Buffer = Buffer.alloc(0);
  let hasBegun = false;
  return {
    push(chunk) {
      hasBegun ||= chunk.includes(FIRST_EVENT);
      tail = (chunk.length >= KEPT_BYTES ? chunk : Buffer.concat([tail, chunk])).subarray(-KEPT_BYTES);
    },
    get isReached() {
      return tail.includes(LAST_EVENT);
    },
    get isOwed() {
      return hasBegun && !this.isReached;
    },
  };
}

/** Whether the first bytes of an answer can be those of an event stream. */
export function looksLikeStream(first: Buffer): boolean {
  return first.length < LINE_BYTES || LINE.test(first.toString('latin1', 0, LINE_BYTES));
}
