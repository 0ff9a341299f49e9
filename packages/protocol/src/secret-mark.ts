/**
 * What becomes of a tool call whose input holds a secret: nothing, the secret is kept out of what is stored and shown, people
 * are asked, or the call is denied.
 */
export const SECRET_MODES = ['off', 'mask', 'ask', 'deny'] as const;
export type SecretMode = (typeof SECRET_MODES)[number];

/** Where the input of a tool call holds a secret. */
export interface SecretMark {
  /** What it is, for people: "GitHub token". */
  kind: string;
  /** The fields and indices that lead to the text in the input. */
  path: (string | number)[];
  /** Of that text, in UTF-16 code units. */
  start: number;
  /** Exclusive. */
  end: number;
  /** It is not masked where people decide: it has several lines, and in a command each could be a command itself. */
  shown?: true;
  /**
   * All of the value at `path` is hidden, of whatever type: its secrets are too many, a name of a field is one, or one has
   * characters that no mask may cover. `start` and `end` say nothing.
   */
  whole?: true;
}

/** What stands in place of a secret. It says nothing about its length. */
function toMask({ kind }: Pick<SecretMark, 'kind'>): string {
  return `[hidden: ${kind}]`;
}

/**
 * A copy of the input in which a mask stands in place of each secret that is not `shown`. The input is not changed. `marks` must not overlap
 * within one text.
 */
export function maskSecrets(
  input: Readonly<Record<string, unknown>>,
  marks: readonly SecretMark[],
): Record<string, unknown> {
  return maskWithin(
    input,
    marks.filter(({ shown }) => shown !== true),
    0,
  ) as Record<string, unknown>;
}

/** The field of the input that holds the secret. Its name may be the model's own: one that is no plain name is not told. */
export function toFieldName({ path }: Pick<SecretMark, 'path'>): string {
  const name = path.join('.');
  return /^[\w.-]{1,60}$/.test(name) ? name : 'another field';
}

/** The same place, also hidden where it would be shown to those who decide: in what is stored. */
export function toHidden({ shown: _, ...mark }: SecretMark): SecretMark {
  return mark;
}

function maskWithin(value: unknown, marks: readonly SecretMark[], depth: number): unknown {
  if (marks.length === 0) return value;
  const whole = marks.find(({ path, whole: isWhole }) => isWhole === true && path.length === depth);
  if (whole !== undefined) return depth === 0 ? { hidden: toMask(whole) } : toMask(whole);
  if (typeof value === 'string') return maskText(value, marks);
  if (typeof value !== 'object' || value === null) return value;
  const ofFields = Map.groupBy(marks, ({ path }) => String(path[depth]));
  const maskField = (key: string, each: unknown) => maskWithin(each, ofFields.get(key) ?? [], depth + 1);
  if (Array.isArray(value)) return value.map((each, index) => maskField(String(index), each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskField(key, each)]));
}

function maskText(text: string, marks: readonly SecretMark[]): string {
  let masked = text;
  for (const mark of marks.toSorted((a, b) => b.start - a.start)) {
    masked = masked.slice(0, mark.start) + toMask(mark) + masked.slice(mark.end);
  }
  return masked;
}

/** A secret as it may stand in the result of its call, and what is shown in its place. */
export interface HiddenText {
  text: string;
  mask: string;
}

/** Shorter ones are found in ordinary words, too. */
const MIN_HIDDEN_CHARS = 4;
const MAX_HIDDEN_TEXTS = 200;

/**
 * The secrets that marks hide in an input: each line by itself, because a result may show a file by its lines. Undefined where
 * they are not known one by one, or are more than a result is searched for: then none of it should be shown.
 */
export function findHiddenTexts(
  input: Readonly<Record<string, unknown>>,
  marks: readonly SecretMark[],
): HiddenText[] | undefined {
  const masks = new Map<string, string>();
  for (const mark of marks) {
    if (mark.shown) continue;
    // Which of its words are secrets is not known.
    if (mark.whole) return undefined;
    const text = mark.path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), input);
    if (typeof text !== 'string') continue;
    for (const line of text.slice(mark.start, mark.end).split(/[\r\n]+|\\[rn]/)) {
      // So short a secret can only be a password in a URL.
      if (line.length >= MIN_HIDDEN_CHARS) masks.set(line, toMask(mark));
      else if (line !== '') masks.set(`:${line}@`, `:${toMask(mark)}@`);
    }
  }
  if (masks.size > MAX_HIDDEN_TEXTS) return undefined;
  return [...masks].map(([text, mask]) => ({ text, mask })).toSorted((a, b) => b.text.length - a.text.length);
}

/** A copy of any JSON in which no text and no name of a field has a hidden text. */
export function hideTexts<T>(value: T, hidden: readonly HiddenText[]): T {
  if (hidden.length === 0) return value;
  const hide = (each: unknown): unknown => {
    if (typeof each === 'string')
      return hidden.reduce((text, { text: secret, mask }) => text.replaceAll(secret, () => mask), each);
    if (Array.isArray(each)) return each.map(hide);
    if (!isObject(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([key, field]) => [hide(key), hide(field)]));
  };
  return hide(value) as T;
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
