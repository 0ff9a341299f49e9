/** How a value of a plugin's configuration is typed in. */
export type FieldKind = 'text' | 'secret' | 'number' | 'integer' | 'boolean' | 'choice' | 'lines' | 'json';

/** One property of a configuration, as a field of the form. */
export interface ConfigurationField {
  name: string;
  title: string;
  description: string | null;
  kind: FieldKind;
  required: boolean;
  /** Undefined for none. */
  default: unknown;
  /** Of kind `choice`. */
  choices: readonly unknown[];
  minimum: number | null;
  maximum: number | null;
}

type Values = Readonly<Record<string, unknown>>;

/** How the schema of a secret's reference begins, see `toConfigurationSchema` of the server. */
const SECRET_PATTERN = '^\\$\\{secret:';

/** The fields of a form for a JSON Schema of type object. What has no field of its own is typed in as JSON. */
export function readFields(schema: object): ConfigurationField[] {
  const { properties, required } = schema as Values;
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(toValues(properties)).map(([name, property]) => {
    const { title, description, minimum, maximum, enum: choices, ...rest } = toValues(property);
    return {
      ...{ name, title: typeof title === 'string' && title !== '' ? title : name },
      description: typeof description === 'string' && description !== '' ? description : null,
      kind: toKind(toValues(property)),
      required: names.includes(name),
      default: rest['default'],
      choices: Array.isArray(choices) ? choices : [],
      minimum: typeof minimum === 'number' ? minimum : null,
      maximum: typeof maximum === 'number' ? maximum : null,
    };
  });
}

/** Whether a configuration may hold, or holds, what has no field. */
export function hasOtherFields(schema: object, configuration: object): boolean {
  const { properties, additionalProperties } = schema as Values;
  if (additionalProperties !== undefined && additionalProperties !== false) return true;
  return Object.keys(configuration).some((name) => !Object.hasOwn(toValues(properties), name));
}

function toKind(property: Values): FieldKind {
  if (Array.isArray(property['enum'])) return 'choice';
  const { type, pattern } = property;
  if (type === 'string') return typeof pattern === 'string' && pattern.startsWith(SECRET_PATTERN) ? 'secret' : 'text';
  // Such as the folders that a server may read.
  if (type === 'array' && toValues(property['items'])['type'] === 'string') return 'lines';
  return type === 'number' || type === 'integer' || type === 'boolean' ? type : 'json';
}

function toValues(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
