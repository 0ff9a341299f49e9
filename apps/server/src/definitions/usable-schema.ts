import { Ajv2020 } from 'ajv/dist/2020.js';

/** Input schema of a tool, as the server lists it. */
export interface InputSchema {
  type: 'object';
  [keyword: string]: unknown;
}

/** More than any tool needs; all of it is sent with every model call. */
const MAX_SCHEMA_CHARS = 200_000;
/** Of the properties of a call's input, as the Messages API takes them. */
const PROPERTY_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;
/** What the Messages API refuses at the top of a schema. The server itself checks what it gets. */
const REFUSED_AT_TOP: ReadonlySet<string> = new Set(['oneOf', 'anyOf', 'allOf']);

const ajv = new Ajv2020({ strict: false, logger: false });

/**
 * The schema as the Messages API takes it; undefined where it cannot. One schema that is not valid JSON Schema of draft
 * 2020-12 makes the API refuse every request of the session, with all other tools.
 */
export function toUsableSchema(schema: InputSchema): InputSchema | undefined {
  try {
    if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS) return undefined;
    // It may name an older draft, whose rules are not the ones that count.
    const { $schema: _, ...judged } = schema;
    if (ajv.validateSchema(judged) !== true) return undefined;
  } catch {
    // It is nested too deeply.
    return undefined;
  }
  const { properties } = schema;
  if (typeof properties === 'object' && properties !== null) {
    if (Object.keys(properties).some((name) => !PROPERTY_NAME.test(name))) return undefined;
  }
  const entries = Object.entries(schema).filter(([keyword]) => !REFUSED_AT_TOP.has(keyword));
  return { ...Object.fromEntries(entries), type: 'object' };
}
