import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { z } from 'zod';

import { toInvalidRequest } from './parse-body.ts';

/** Makes the zod schemas of routes validate. Once for a whole app; failures then go to its error handler. */
export function useZodSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler(validateWithZod);
  app.setSerializerCompiler(serializeAsJson);
}

/** Validates params, query and body with their zod schemas; a failure is the `invalid_request` of the protocol. */
const validateWithZod: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data);
    return parsed.success ? { value: parsed.data } : { error: toInvalidRequest(parsed.error) };
  };

/** Answers are typed where they are made; their schemas are for documentation, and tests hold the two together. */
const serializeAsJson: FastifySerializerCompiler<z.ZodType> = () => (data) => JSON.stringify(data);

/** A schema of an answer whose type is known better than zod says: the official SDK's. */
export function answer<T>(schema: z.ZodType): z.ZodType<T> {
  return schema as z.ZodType<T>;
}

/** A page of a list, as the Managed Agents API pages. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<{ data: T[]; next_page: string | null }> {
  return z.object({ data: z.array(item), next_page: z.string().nullable() });
}

/** What every id in a path looks like. */
export const id = z.string().min(1).max(128);
