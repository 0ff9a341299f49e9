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
