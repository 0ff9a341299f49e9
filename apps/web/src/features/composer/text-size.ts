import { MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';

/** What a message needs beside its text, with as many files as one can have. */
const OVERHEAD_BYTES = 16 * 1024;

/** The most bytes that the text of a message may have on the wire. */
export const MAX_TEXT_BYTES = MAX_FRAME_BYTES - OVERHEAD_BYTES;

/** The bytes of a text as it is sent; cheap for one that is short enough however it is written. */
export function countTextBytes(text: string): number {
  // At most six bytes for a character that has to be escaped.
  if (text.length * 6 <= MAX_TEXT_BYTES) return text.length;
  return new TextEncoder().encode(JSON.stringify(text)).byteLength;
}
