import { t } from './messages.ts';
import type { ConfigurationField } from './read-schema.ts';
import { toLines } from './to-lines.ts';

/** What is typed in: a text for each field, and the rest as JSON. An empty text is a value that is not set. */
export interface ConfigurationDraft {
  fields: Readonly<Record<string, string>>;
  other: string;
}

/** What is wrong, by field. */
export interface DraftProblems {
  fields: Readonly<Record<string, string>>;
  other: string | null;
}

const SECRET = /^\$\{secret:(.*)\}$/;
const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export function toDraft(fields: readonly ConfigurationField[], configuration: object): ConfigurationDraft {
  const values = configuration as Record<string, unknown>;
  const own = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const others = Object.entries(values).filter(([name]) => !fields.some((field) => field.name === name));
  return {
    fields: Object.fromEntries(
      // The server puts no default in for what is required.
      fields.map((field) => [
        field.name,
        toText(field, own(field.name) ?? (field.required ? field.default : undefined)),
      ]),
    ),
    other: others.length === 0 ? '' : JSON.stringify(Object.fromEntries(others), null, 2),
  };
}

/** The configuration that was typed in, or what is wrong with it. */
export function toConfiguration(
  fields: readonly ConfigurationField[],
  draft: ConfigurationDraft,
): { configuration: Record<string, unknown> } | { problems: DraftProblems } {
  const values: [string, unknown][] = [];
  const wrong: [string, string][] = [];
  for (const field of fields) {
    const text = draft.fields[field.name] ?? '';
    if (text.trim() === '') {
      if (field.required) wrong.push([field.name, t.wrong.required]);
      continue;
    }
    const read = readValue(field, text);
    if ('problem' in read) wrong.push([field.name, read.problem]);
    else values.push([field.name, read.value]);
  }
  const other = readObject(draft.other);
  if (wrong.length > 0 || other === null)
    return { problems: { fields: Object.fromEntries(wrong), other: other === null ? t.wrong.object : null } };
  return { configuration: Object.fromEntries([...other, ...values]) };
}

function toText({ kind, required }: ConfigurationField, value: unknown): string {
  // A box that is not ticked is an answer.
  if (value === undefined) return kind === 'boolean' && required ? 'false' : '';
  if (kind === 'choice') return JSON.stringify(value);
  if (kind === 'lines' && isLines(value)) return value.join('\n');
  if (kind === 'json' || kind === 'lines') return JSON.stringify(value, null, 2);
  if (kind === 'secret' && typeof value === 'string') return SECRET.exec(value)?.[1] ?? value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readValue(field: ConfigurationField, text: string): { value: unknown } | { problem: string } {
  switch (field.kind) {
    case 'text':
      return { value: text };
    case 'secret':
      return SECRET_NAME.test(text.trim()) ? { value: `\${secret:${text.trim()}}` } : { problem: t.wrong.secret };
    case 'boolean':
      return { value: text === 'true' };
    case 'number':
    case 'integer':
      return readNumber(field, text);
    case 'lines':
      return text.trim().startsWith('[') ? (readJson(text) ?? { problem: t.wrong.json }) : { value: toLines(text) };
    case 'choice':
    case 'json':
      return readJson(text) ?? { problem: t.wrong.json };
  }
}

/** Whether a line for each text says what the list says; another list is typed as JSON. */
function isLines(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0 || value.some((each) => typeof each !== 'string')) return false;
  return isDeepEqual(toLines(value.join('\n')), value) && !String(value[0]).startsWith('[');
}

function isDeepEqual(one: readonly string[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}

function readNumber({ kind, minimum, maximum }: ConfigurationField, text: string) {
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: t.wrong.number };
  if (kind === 'integer' && !Number.isInteger(value)) return { problem: t.wrong.integer };
  if (minimum !== null && value < minimum) return { problem: t.wrong.minimum(minimum) };
  if (maximum !== null && value > maximum) return { problem: t.wrong.maximum(maximum) };
  return { value };
}

function readJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The entries of a JSON object; null for another text, none for an empty one. */
function readObject(text: string): [string, unknown][] | null {
  if (text.trim() === '') return [];
  const value = readJson(text)?.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
}
