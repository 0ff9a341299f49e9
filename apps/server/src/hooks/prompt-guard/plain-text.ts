const HIDDEN = /[\p{Cf}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu;
/** Letters of other scripts that look like Latin ones. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', і: 'i', ѕ: 's', ј: 'j', ԁ: 'd', һ: 'h' },
  ...{ ο: 'o', ν: 'v', α: 'a', ι: 'i', ρ: 'p', τ: 't', υ: 'u', κ: 'k' },
};
const DIGITS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
};

/** Letters that stand apart, as in `i g n o r e`. */
const SPACED = /(?<![\p{L}\p{N}])\p{L}(?:[ .\-_*·]\p{L}){3,}(?![\p{L}\p{N}])/gu;
/** A word that mixes letters and digits, as in `1gn0re`. */
const MIXED = /(?<![\p{L}\p{N}])(?=[013457@]{0,20}[a-z])(?=[a-z]{0,20}[013457@])[a-z013457@]{4,30}(?![\p{L}\p{N}])/gu;

/**
 * The text as somebody would read it who sees through disguises: lower case, without hidden characters, with lookalikes,
 * digits and spaced letters as the letters that they stand for, and one blank between words.
 */
export function toPlainText(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(HIDDEN, '')
    .toLowerCase()
    .replaceAll(/[\u0370-\u03FF\u0400-\u052F]/g, (letter) => LOOKALIKES[letter] ?? letter)
    .replaceAll(SPACED, (letters) => letters.replaceAll(/[ .\-_*·]/g, ''))
    .replaceAll(MIXED, (word) => word.replaceAll(/[013457@]/g, (digit) => DIGITS[digit] ?? digit))
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”„«»]/g, '"')
    .replaceAll(/\s+/g, ' ');
}
