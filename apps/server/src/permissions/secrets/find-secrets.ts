import { toFieldName, type SecretMark } from '@claude-sdk-pattern/protocol';

import { loadDetector, type FoundSecret, type SecretDetector } from './load-detector.ts';
import { findByPattern } from './secret-patterns.ts';

type Input = Readonly<Record<string, unknown>>;

export interface SecretSearch {
  marks: readonly SecretMark[];
  /** Whether some text of the input was not searched, because there is too much of it. */
  isIncomplete: boolean;
}

/**
 * All texts of an input together. The search stops the server, and the rules of secretlint (13.1.0) take 3 µs a character of
 * a text that was made to keep them busy.
 */
const MAX_CHARS = 96 * 1024;
/** More in one text are one mark over all of it, so that the marks stay smaller than the text. */
const MAX_MARKS_OF_TEXT = 50;
const MAX_DEPTH = 20;

/**
 * What a text must have to be looked at closely: a word of 20 characters, or a password in a URL. Every secret that the
 * detector knows has one of them, and most commands and paths have not. Its repetitions are bounded, so that no text takes long.
 */
const SUSPICIOUS = /[\w+=-]{20}|:\/\/[^\s/:@]{0,256}:[^\s/]{1,512}@/;

const NOTHING: SecretSearch = { marks: [], isIncomplete: false };

let detector: SecretDetector | undefined;

/**
 * Finds the secrets in all texts of an input, in their order. They do not overlap. `hidesBlocks`: whether a secret of several
 * lines may be hidden from people who decide.
 */
export function findSecrets(input: Input, { hidesBlocks }: { hidesBlocks: boolean }): SecretSearch {
  const marks: SecretMark[] = [];
  let chars = 0;
  let isIncomplete = false;
  const search = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string') {
      chars += value.length;
      if (chars > MAX_CHARS) isIncomplete = true;
      else if (SUSPICIOUS.test(value)) marks.push(...searchText(value).map((found) => toMark(found, path)));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (path.length >= MAX_DEPTH) {
      isIncomplete = true;
      return;
    }
    if (Array.isArray(value)) value.forEach((each, index) => search(each, [...path, index]));
    else for (const [key, each] of Object.entries(value)) search(each, [...path, key]);
  };
  const toMark = ({ isBlock, ...found }: FoundSecret, path: readonly (string | number)[]): SecretMark => ({
    ...{ ...found, path: [...path] },
    ...(isBlock === true && !hidesBlocks && { shown: true }),
  });
  search(input, []);
  return marks.length === 0 && !isIncomplete ? NOTHING : { marks, isIncomplete };
}

function searchText(text: string): FoundSecret[] {
  detector ??= loadDetector();
  const found = [...detector(text), ...findByPattern(text)]
    .flatMap((each) => toHideable(text, each))
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
  const apart: FoundSecret[] = [];
  for (const each of found) {
    const last = apart.at(-1);
    if (last === undefined || each.start >= last.end) apart.push({ ...each });
    else {
      last.end = Math.max(last.end, each.end);
      if (each.isBlock) last.isBlock = true;
    }
  }
  if (apart.length <= MAX_MARKS_OF_TEXT) return apart;
  return [{ kind: 'Many secrets', start: 0, end: text.length, isBlock: true }];
}

/**
 * Up to the first character that means something to a shell, so that no part of a command is taken for a secret and hidden.
 * A private key has line ends.
 */
function toHideable(text: string, found: FoundSecret): FoundSecret[] {
  const secret = text.slice(found.start, found.end);
  if (secret.startsWith('-----BEGIN')) return [{ ...found, isBlock: true }];
  const length = secret.search(UNSAFE);
  if (length === 0) return [];
  return [length === -1 ? found : { ...found, end: found.start + length }];
}

const UNSAFE = /[\s"'`$();|&<>\\\p{C}]/u;

/** Where the secrets are, as the end of a sentence: "GitHub token in command, Password in a URL in env.URL". */
export function describeSecrets(marks: readonly SecretMark[]): string {
  const places = new Set(marks.map((mark) => `${mark.kind} in ${toFieldName(mark)}`));
  const shown = [...places].slice(0, MAX_PLACES).join(', ');
  return places.size > MAX_PLACES ? `${shown} and ${places.size - MAX_PLACES} more` : shown;
}

const MAX_PLACES = 3;
