import { MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';

/** The bytes that a message needs beside its text, with the largest number of files. */
const OVERHEAD_BYTES = 16 * 1024;

/** The most bytes that the text of a message may take on the wire. */
export const MAX_TEXT_BYTES = MAX_FRAME_BYTES - OVERHEAD_BYTES;

/**
 * The bytes of a text as it is sent. For a text that fits in any encoding, this is its length in characters, which is
 * cheap to get.
 */
export function countTextBytes(text: string): number {
  // An escaped character takes at most six bytes.
  if (text.length * 6 <= MAX_TEXT_BYTES) return text.length;
  return new TextEncoder().encode(JSON.stringify(text)).byteLength;
}
