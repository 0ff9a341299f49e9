/** A word of a text, in the form in which words are compared, and its place in the text. */
export interface Word {
  word: string;
  start: number;
  end: number;
}

/** Letters and digits with their marks. */
const RUN = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Written without blanks between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Where a new word begins in `getUserId` and `HTTPServer`. */
const HUMP = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** Longer ones are no words that people type: hashes, encoded data. */
const MAX_WORD = 64;

/**
 * The words of a text in their order: without case and accents, cut at everything that is neither letter nor digit. Scripts
 * without blanks between words give each pair of characters.
 */
export function* splitWords(text: string): Generator<Word> {
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (UNSPACED.test(run)) yield* splitPairs(run, index);
    else if (run.length <= MAX_WORD) yield { word: fold(run), start: index, end: index + run.length };
  }
}

/** The parts of names in a text, such as `user` and `id` of `getUserId`, by which it is found as well. */
export function* splitHumps(text: string): Generator<string> {
  for (const [run] of text.matchAll(RUN)) {
    if (run.length > MAX_WORD) continue;
    const parts = run.split(HUMP);
    if (parts.length > 1) yield* parts.map(fold);
  }
}

function* splitPairs(run: string, index: number): Generator<Word> {
  const characters = Array.from(run);
  let start = index;
  for (let at = 0; at < Math.max(characters.length - 1, 1); at += 1) {
    const pair = characters.slice(at, at + 2).join('');
    yield { word: fold(pair), start, end: start + pair.length };
    start += characters[at]?.length ?? 0;
  }
}

/** Most words have nothing to take away. */
const PLAIN = /^[a-z0-9]+$/;

function fold(run: string): string {
  if (PLAIN.test(run)) return run;
  return run.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
