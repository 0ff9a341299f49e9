import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { JsonSchema } from './open-api-types.ts';

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Leaves out what zod writes for machines only. */
const tidy: Override = ({ zodSchema, jsonSchema }) => {
  const written = jsonSchema as JsonSchema;
  // The format says it; the pattern for it is 300 characters long.
  if (written.format === 'date-time') delete written['pattern'];
  // Only what a strict schema takes is closed. Answers may gain fields at any time, and whoever reads them must not mind.
  if (zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined) delete written.additionalProperties;
  // An answer without a body.
  if (zodSchema instanceof z.ZodUndefined) written.type = 'null';
  // Fields that are only known so that they can be refused are no part of the interface.
  for (const [name, property] of Object.entries(written.properties ?? {}))
    if (property.description?.startsWith('Not supported')) delete written.properties?.[name];
  // A time with an offset or without one: what its pattern says better is of no use to people.
  const isTime = written.anyOf?.some((each) => each.format === 'date-time');
  if (isTime && written.anyOf?.every((each) => each.type === 'string')) {
    delete written.anyOf;
    Object.assign(written, { type: 'string', format: 'date-time' });
  }
};

const zodToJsonConfig = { unrepresentable: 'any', override: tidy } as const;

/** Writes the zod schemas of a route as JSON Schema; those with an id (`.meta({ id })`) are referred to. */
export const writeRouteSchemas = createJsonSchemaTransform({ zodToJsonConfig });

/** Adds every schema with an id to the components, as `X` for answers and as `XInput` for requests. */
export const addComponents = createJsonSchemaTransformObject({ zodToJsonConfig });
