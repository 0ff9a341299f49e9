/** The end of what a program writes, without secrets. */
export interface MaskedTail {
  add(text: string): void;
  readonly text: string;
}

/** No secret is longer (`MAX_SECRET_BYTES`); in a URL it has up to three times as many. */
export const LONGEST_SECRET_CHARS = 3 * 32 * 1024;

/** It is masked as a whole before it is cut, so that no part of a secret is left at either place where it would be cut. */
export function createMaskedTail(mask: (text: string) => string, maxChars: number): MaskedTail {
  const keptChars = Math.max(maxChars * 2, LONGEST_SECRET_CHARS);
  let kept = '';

  return {
    add(text) {
      kept += text;
      // Seldom, because programs write line by line. A secret that is not whole yet is at the end, which stays.
      if (kept.length > keptChars * 2) kept = mask(kept).slice(-keptChars);
    },
    get text() {
      return mask(kept).slice(-maxChars);
    },
  };
}
