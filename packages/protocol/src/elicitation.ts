/** What an answer to an elicitation holds, by the name of the field. */
export type ElicitationContent = Record<string, string | number | boolean | string[]>;

/** A field of the form that an MCP server asks a person to fill in. */
export interface ElicitationField {
  name: string;
  /** For people; the name where the server gives no title. */
  title: string;
  description: string | null;
  required: boolean;
  /** `choice` is one of the options, `choices` any number of them. */
  kind: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'choices';
  format: 'email' | 'uri' | 'date' | 'date-time' | null;
  /** Of the number, of the text in characters, or of the choices. */
  min: number | null;
  max: number | null;
  /** Empty where there are none to choose from. */
  options: { value: string; title: string }[];
  default: string | number | boolean | string[] | null;
}

/** Why a value does not fit its field. */
export type FieldProblem =
  | { code: 'missing' | 'not_text' | 'not_a_number' | 'not_an_integer' | 'not_a_boolean' | 'no_option' | 'unknown' }
  | { code: 'format'; format: NonNullable<ElicitationField['format']> }
  | { code: 'too_small' | 'too_large'; limit: number };

/** The first field that does not fit, with the reason; undefined where the content can be sent. */
export function findContentProblem(
  fields: readonly ElicitationField[],
  content: Readonly<ElicitationContent>,
): { field: string; problem: FieldProblem } | undefined {
  const unknown = Object.keys(content).find((name) => !fields.some((field) => field.name === name));
  if (unknown !== undefined) return { field: unknown, problem: { code: 'unknown' } };
  for (const field of fields) {
    const value = Object.hasOwn(content, field.name) ? content[field.name] : undefined;
    const missing = field.required ? ({ code: 'missing' } as const) : undefined;
    const problem = value === undefined ? missing : findProblem(field, value);
    if (problem !== undefined) return { field: field.name, problem };
  }
  return undefined;
}

function findProblem(field: ElicitationField, value: ElicitationContent[string]): FieldProblem | undefined {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : { code: 'not_a_boolean' };
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) return { code: 'not_a_number' };
      if (field.kind === 'integer' && !Number.isInteger(value)) return { code: 'not_an_integer' };
      return findLimit(field, value);
    case 'choice':
      return field.options.some((option) => option.value === value) ? undefined : { code: 'no_option' };
    case 'choices': {
      const known = new Set(field.options.map((option) => option.value));
      if (!Array.isArray(value) || new Set(value).size < value.length) return { code: 'no_option' };
      return value.every((each) => known.has(each)) ? findLimit(field, value.length) : { code: 'no_option' };
    }
    case 'text': {
      if (typeof value !== 'string') return { code: 'not_text' };
      if (field.format !== null && !FORMATS[field.format](value)) return { code: 'format', format: field.format };
      return findLimit(field, Array.from(value).length);
    }
  }
}

function findLimit({ min, max }: ElicitationField, size: number): FieldProblem | undefined {
  if (min !== null && size < min) return { code: 'too_small', limit: min };
  return max !== null && size > max ? { code: 'too_large', limit: max } : undefined;
}

/** The formats that the Model Context Protocol (2025-11-25) allows in a form. */
const FORMATS: Record<NonNullable<ElicitationField['format']>, (value: string) => boolean> = {
  email: (value) => value.length <= 254 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)*$/.test(value),
  uri: (value) => /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isDay(value),
  'date-time': (value) =>
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    isDay(value.slice(0, 10)),
};

/** JavaScript takes the 31st of February for a day in March. */
function isDay(value: string): boolean {
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}
