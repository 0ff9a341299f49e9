/** One value that a tool takes. */
export interface ToolInput {
  name: string;
  /** In a word, such as `string` or `a | b`; empty where the schema does not say. */
  type: string;
  description: string;
  isRequired: boolean;
}

const MAX_INPUTS = 50;
const MAX_DESCRIPTION_CHARS = 300;
const MAX_CHOICES = 8;

/** The values of a JSON Schema of type object, for people; the first 50. Pure. */
export function listInputs(schema: object): ToolInput[] {
  const { properties, required } = schema as Record<string, unknown>;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(toRecord(properties))
    .slice(0, MAX_INPUTS)
    .map(([name, property]) => {
      const { type, enum: choices, description } = toRecord(property);
      return {
        name,
        type: Array.isArray(choices) ? describeChoices(choices) : typeof type === 'string' ? type : '',
        description: typeof description === 'string' ? description.slice(0, MAX_DESCRIPTION_CHARS) : '',
        isRequired: needed.includes(name),
      };
    });
}

function describeChoices(choices: readonly unknown[]): string {
  const shown = choices
    .slice(0, MAX_CHOICES)
    .map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice)));
  return choices.length > MAX_CHOICES ? `${shown.join(' | ')} | …` : shown.join(' | ');
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
