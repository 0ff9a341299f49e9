import type { FastifySchemaCompiler } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { z } from 'zod';

import { toInvalidRequest } from './parse-body.ts';

/** Validates params, query and body with their zod schemas; a failure is the `invalid_request` of the protocol. */
const validateWithZod: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data);
    return parsed.success ? { value: parsed.data } : { error: toInvalidRequest(parsed.error) };
  };

/** For a route that parses its body by itself: the schema of the body only describes it. */
export const validateNothing: FastifySchemaCompiler<unknown> = () => (value: unknown) => ({ value });

/** Not checked at run time: answers are typed where they are made, and tests compare them with their schemas. */
const serializeAsJson: FastifySerializerCompiler<z.ZodType> = () => (data) => JSON.stringify(data);

/**
 * Options with which Fastify validates by zod schemas, for the whole app. Failures go to its error handler. Given as
 * factories, because Fastify 5.12.8 otherwise loads its own validator and serializer at each start, which takes 40 ms.
 */
export const zodSchemas = {
  schemaController: {
    // Its type allows the schemas of these two libraries only; Fastify itself hands on whatever a route has.
    compilersFactory: { buildValidator: () => validateWithZod, buildSerializer: () => serializeAsJson } as object,
  },
};

/** The schema of an answer whose type the official SDK describes better than zod. */
export function answer<T>(schema: z.ZodType): z.ZodType<T> {
  return schema as z.ZodType<T>;
}

/** An answer without a body. */
export const nothing = z.undefined().describe('Done.');

/** A page of a list, as the Managed Agents API pages. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<{ data: T[]; next_page: string | null }> {
  return z.object({ data: z.array(item), next_page: z.string().nullable() });
}

/** An id in a path. */
export const id = z.string().min(1).max(128);
