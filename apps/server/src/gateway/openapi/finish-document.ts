import { isDeepStrictEqual } from 'node:util';

import type { SwaggerTransformObject } from '@fastify/swagger';

import { isFailure } from './failures.ts';
import { addComponents } from './json-schemas.ts';
import { toComponentName, type JsonSchema, type OpenApiDocument, type Operation } from './open-api-types.ts';

type Schemas = Record<string, JsonSchema>;

/** Puts into the document what @fastify/swagger cannot write: failures by reference, and each schema under one name. */
export const finishDocument: SwaggerTransformObject = (written) => {
  const { components, ...document } = addComponents(written) as object as OpenApiDocument;
  const { schemas, ...others } = components;
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations)) finishOperation(operation, schemas);
  const used = findUsed([document.paths, others], schemas);
  return toPlainNames({ ...document, components: { ...others, schemas: nameOnce(used, schemas) } }) as object;
};

function finishOperation(operation: Operation, schemas: Schemas): void {
  const { parameters, requestBody, responses } = operation;
  const isInPath = (place: string) => Number(place === 'path');
  if (parameters) operation.parameters = parameters.toSorted((a, b) => isInPath(b.in) - isInPath(a.in));
  for (const [status, response] of Object.entries(responses)) {
    const reference = 'content' in response ? response.content?.['application/json']?.schema.$ref : undefined;
    if (isFailure(reference)) responses[status] = { $ref: reference };
  }
  for (const media of Object.values(requestBody?.content ?? {})) {
    const { $ref, anyOf } = media.schema;
    // A body that may be null may be left out.
    if (requestBody && anyOf?.some(({ type }) => type === 'null')) requestBody.required = false;
    const name = $ref ?? anyOf?.[0]?.$ref;
    const example = name === undefined ? undefined : schemas[toComponentName(name)]?.examples?.[0];
    if (example !== undefined) media.example = example;
  }
}

/** The names of all schemas that something refers to, directly or through others. */
function findUsed(parts: unknown, schemas: Schemas, used = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(parts).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (used.has(name)) continue;
    used.add(name);
    findUsed(schemas[name], schemas, used);
  }
  return used;
}

/**
 * The schemas by the ids that they have in the source, none of which may end in `Input`, in alphabetical order.
 * @throws Error when one is not the same in requests as in answers
 */
function nameOnce(used: ReadonlySet<string>, schemas: Schemas): Schemas {
  const named: Schemas = {};
  for (const name of [...used].toSorted()) {
    const plain = name.replace(/Input$/, '');
    const schema = toPlainNames(schemas[name] ?? {});
    named[plain] ??= schema;
    if (!isDeepStrictEqual(named[plain], schema)) throw new Error(`Two different schemas have the id ${plain}`);
  }
  return named;
}

function toPlainNames<T>(part: T): T {
  return JSON.parse(JSON.stringify(part).replaceAll(/("#\/components\/schemas\/\w+)Input"/g, '$1"')) as T;
}
