/** The end of what a program writes, without secrets. */
export interface MaskedTail {
  add(text: string): void;
  readonly text: string;
}

/** It is masked as a whole before it is cut, so that no part of a secret is left at either place where it would be cut. */
export function createMaskedTail(mask: (text: string) => string, maxChars: number): MaskedTail {
  let kept = '';

  return {
    add(text) {
      kept += text;
      // Seldom, because programs write line by line. A secret that is not whole yet is at the end, which stays.
      if (kept.length > maxChars * 4) kept = mask(kept).slice(-maxChars * 2);
    },
    get text() {
      return mask(kept).slice(-maxChars);
    },
  };
}
