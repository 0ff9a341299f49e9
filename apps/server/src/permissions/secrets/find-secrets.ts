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

/** No secret that the detector knows is shorter, and most fields are. Its rules take 5 µs for a text without any. */
const MIN_DETECTED_CHARS = 20;

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
  const findIn = (text: string): FoundSecret[] => {
    // Also an empty text takes time.
    chars += text.length + 1;
    if (chars <= MAX_CHARS) return searchText(text);
    isIncomplete = true;
    return [];
  };
  const search = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string') {
      marks.push(...toMarks(value, findIn(value), path, hidesBlocks));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (path.length >= MAX_DEPTH || isIncomplete) {
      isIncomplete = true;
      return;
    }
    if (Array.isArray(value)) {
      value.forEach((each, index) => search(each, [...path, index]));
      return;
    }
    // A path through the field would tell its name.
    const [inName] = findIn(Object.keys(value).join('\n'));
    if (inName !== undefined) marks.push(toWholeMark(inName.kind, path));
    else for (const [key, each] of Object.entries(value)) search(each, [...path, key]);
  };
  search(input, []);
  return marks.length === 0 && !isIncomplete ? NOTHING : { marks, isIncomplete };
}

function toMarks(
  text: string,
  found: readonly FoundSecret[],
  path: readonly (string | number)[],
  hidesBlocks: boolean,
): SecretMark[] {
  if (found.length > MAX_MARKS_OF_TEXT) return [toWholeMark('Many secrets', path)];
  const unmaskable = found.find(({ isUnmaskable }) => isUnmaskable);
  if (unmaskable !== undefined) return [toWholeMark(unmaskable.kind, path)];
  return found.map(({ kind, start, end, isBlock }) => ({
    ...{ kind, start, end, path: [...path] },
    ...(isBlock === true && !hidesBlocks && { shown: true }),
  }));
}

function toWholeMark(kind: string, path: readonly (string | number)[]): SecretMark {
  return { kind, path: [...path], start: 0, end: 0, whole: true };
}

function searchText(text: string): FoundSecret[] {
  const isDetectable = text.length >= MIN_DETECTED_CHARS;
  if (isDetectable) detector ??= loadDetector();
  const found = [...(isDetectable ? (detector?.(text) ?? []) : []), ...findByPattern(text)]
    .map((each) => judgeCover(text, each))
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
  const apart: FoundSecret[] = [];
  for (const each of found) {
    const last = apart.at(-1);
    if (last === undefined || each.start >= last.end) apart.push({ ...each });
    else {
      last.end = Math.max(last.end, each.end);
      if (each.isBlock) last.isBlock = true;
      if (each.isUnmaskable) last.isUnmaskable = true;
    }
  }
  return apart;
}

/** A mask covers nothing that could run, in a shell or in a program that the shell is given. A private key has line ends. */
function judgeCover(text: string, found: FoundSecret): FoundSecret {
  const secret = text.slice(found.start, found.end);
  if (secret.startsWith('-----BEGIN')) return { ...found, isBlock: true };
  return UNSAFE.test(secret) ? { ...found, isUnmaskable: true } : found;
}

/** A `%` is harmless before two hexadecimal digits, as in the password of a URL. */
const UNSAFE = /[\s"'`$();|&<>\\{}[\]!*?\p{C}]|%(?![\da-f]{2})/iu;

/** Where the secrets are, as the end of a sentence: "GitHub token in command, Password in a URL in env.URL". */
export function describeSecrets(marks: readonly SecretMark[]): string {
  const places = new Set(marks.map((mark) => `${mark.kind} in ${toFieldName(mark)}`));
  const shown = [...places].slice(0, MAX_PLACES).join(', ');
  return places.size > MAX_PLACES ? `${shown} and ${places.size - MAX_PLACES} more` : shown;
}

const MAX_PLACES = 3;
