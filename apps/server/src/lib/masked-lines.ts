import { LONGEST_SECRET_CHARS } from './masked-tail.ts';

/** What a program writes, line by line and without secrets, however its chunks are cut. */
export interface MaskedLines {
  add(text: string): void;
  /** Gives out what has no line end yet: the program has ended. */
  end(): void;
}

/** Of a line without an end. A longer one is given out in parts. */
const MAX_OPEN_CHARS = 2 * LONGEST_SECRET_CHARS;

/** Each call of `onLines` gets whole lines, masked together, without the last line end. */
export function createMaskedLines(mask: (text: string) => string, onLines: (text: string) => void): MaskedLines {
  let open = '';
  const give = (text: string) => {
    const shown = mask(text).trimEnd();
    if (shown !== '') onLines(shown);
  };

  return {
    add(text) {
      open += text;
      const end = open.lastIndexOf('\n');
      if (end !== -1) {
        give(open.slice(0, end));
        open = open.slice(end + 1);
      }
      if (open.length <= MAX_OPEN_CHARS) return;
      // A secret that is not whole yet is at the end, which stays.
      const masked = mask(open);
      give(masked.slice(0, -LONGEST_SECRET_CHARS));
      open = masked.slice(-LONGEST_SECRET_CHARS);
    },
    end() {
      give(open);
      open = '';
    },
  };
}
