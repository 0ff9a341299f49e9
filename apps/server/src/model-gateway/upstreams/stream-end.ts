/** Ends every stream of the Messages API (2023-06-01) that is whole. */
const LAST_EVENT = 'event: message_stop';
/** Longer than the last event with its data. */
const KEPT_BYTES = 256;

/** Notices the end of a stream in its bytes. Give it every chunk. */
export interface StreamEnd {
  push(chunk: Buffer): void;
  /** Whether the last event has come. */
  readonly isReached: boolean;
}

export function createStreamEnd(): StreamEnd {
  let tail: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      tail = (chunk.length >= KEPT_BYTES ? chunk : Buffer.concat([tail, chunk])).subarray(-KEPT_BYTES);
    },
    get isReached() {
      return tail.includes(LAST_EVENT);
    },
  };
}
