import type { z } from 'zod';

import { findFailures, isFailure, toFailureReference } from './failures.ts';
import type { JsonSchema, MediaType, Operation, Parameter, Response } from './open-api-types.ts';
import type { ApiRoute, ContentSchema } from './route-schema.ts';
import { toComponentName, type SchemaWriter } from './schema-writer.ts';

const STATUS_TEXTS: Record<string, string> = {
  101: 'The connection is upgraded.',
  204: 'Done.',
  304: 'Nothing has changed.',
};

/** One route as an operation of the document. */
export function toOperation(route: ApiRoute, writer: SchemaWriter): Operation {
  const { schema } = route;
  const parameters = [
    ...toParameters('path', schema.params, writer),
    ...toParameters('query', schema.querystring, writer),
  ];
  return {
    operationId: schema.operationId ?? `${route.method.toLowerCase()}${route.url.replaceAll(/\W+/g, '_')}`,
    summary: schema.summary ?? '',
    ...(schema.description !== undefined && { description: schema.description }),
    tags: [...(schema.tags ?? [])],
    ...toSecurity(route),
    ...(parameters.length > 0 && { parameters }),
    ...(schema.body && { requestBody: toRequestBody('application/json', schema.body, writer) }),
    ...(schema.form && { requestBody: toRequestBody('multipart/form-data', schema.form, writer) }),
    responses: {
      ...toResponses(schema.response ?? {}, writer),
      ...Object.fromEntries(findFailures(route).map((status) => [status, toFailureReference(status)])),
    },
  };
}

/** Where it is not the document's own: no credential is needed, or only one kind will do. */
function toSecurity({ rule }: ApiRoute): Pick<Operation, 'security'> {
  if (rule.any === 'public') return { security: [] };
  return rule.via === 'cookie' ? { security: [{ cookie: [] }] } : {};
}

function toParameters(where: 'path' | 'query', schema: z.ZodType | undefined, writer: SchemaWriter): Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = writer.write(schema, 'input');
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

function toRequestBody(type: string, body: z.ZodType, writer: SchemaWriter): NonNullable<Operation['requestBody']> {
  const required = !body.safeParse(undefined).success;
  return { required, content: { [type]: toMediaType(writer.write(body, 'input'), writer) } };
}

function toResponses(
  response: Record<string, z.ZodType | ContentSchema>,
  writer: SchemaWriter,
): Record<string, Response> {
  const own = Object.entries(response).filter(([status]) => !isFailure(Number(status)));
  return Object.fromEntries(own.map(([status, schema]) => [status, toResponse(status, schema, writer)]));
}

function toResponse(status: string, schema: z.ZodType | ContentSchema, writer: SchemaWriter): Response {
  const fallback = STATUS_TEXTS[status] ?? 'The answer.';
  if ('content' in schema) {
    const content = Object.entries(schema.content).map(
      ([type, media]) => [type, toMediaType(writer.write(media.schema, 'output'), writer)] as const,
    );
    return { description: schema.description ?? fallback, content: Object.fromEntries(content) };
  }
  if (status in STATUS_TEXTS) return { description: schema.description ?? fallback };
  return {
    description: schema.description ?? fallback,
    content: { 'application/json': toMediaType(writer.write(schema, 'output'), writer) },
  };
}

/** The first example of a schema is shown as that of the body. */
function toMediaType({ examples, ...schema }: JsonSchema, { components }: SchemaWriter): MediaType {
  // A body that may be left out is its schema or null; the example is that of the schema.
  const named = schema.$ref ?? schema.anyOf?.[0]?.$ref;
  const [example] = examples ?? (named === undefined ? [] : (components[toComponentName(named)]?.examples ?? []));
  return { schema, ...(example !== undefined && { example }) };
}
