import { isDeepStrictEqual } from 'node:util';

import { z } from 'zod';

import type { JsonSchema } from './open-api-types.ts';

const COMPONENTS = '#/components/schemas/';

/** Turns zod schemas into JSON Schema; those with an id (`.meta({ id })`) become components and are referred to. */
export interface SchemaWriter {
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** `input` is what a client sends, `output` what it gets. @throws Error when two components share a name. */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema;
}

export function createSchemaWriter(): SchemaWriter {
  const components: Record<string, JsonSchema> = {};
  return {
    components,
    write(schema, io) {
      const {
        $schema: _,
        $defs = {},
        ...root
      } = z.toJSONSchema(schema, {
        io,
        unrepresentable: 'any',
        override: ({ jsonSchema }) => tidy(jsonSchema as JsonSchema, io),
      }) as JsonSchema;
      for (const [name, definition] of Object.entries($defs)) {
        const component = toComponentReferences(definition);
        const known = (components[name] ??= component);
        if (!isDeepStrictEqual(known, component)) throw new Error(`Two different schemas have the id ${name}`);
      }
      return toComponentReferences(root);
    },
  };
}

/** What zod writes for machines only. */
function tidy(jsonSchema: JsonSchema, io: 'input' | 'output'): void {
  // The format says it; the pattern for it is 300 characters long.
  if (jsonSchema.format === 'date-time') delete jsonSchema['pattern'];
  // Answers may gain fields at any time, and whoever reads them must not mind.
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  hideUnsupported(jsonSchema);
  // A time with an offset or without one: what its pattern says better is of no use to people.
  const isTime = jsonSchema.anyOf?.some((each) => each.format === 'date-time');
  if (isTime && jsonSchema.anyOf?.every((each) => each.type === 'string')) {
    delete jsonSchema.anyOf;
    Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
  }
}

/** Fields that are only known so that they can be refused are no part of the interface. */
function hideUnsupported(jsonSchema: JsonSchema): void {
  for (const [name, property] of Object.entries(jsonSchema.properties ?? {})) {
    if (property.description?.startsWith('Not supported')) delete jsonSchema.properties?.[name];
  }
}

/** The name that a reference to a component ends with. */
export function toComponentName(reference: string): string {
  return reference.slice(COMPONENTS.length);
}

function toComponentReferences(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', COMPONENTS) : value,
  ) as JsonSchema;
}
