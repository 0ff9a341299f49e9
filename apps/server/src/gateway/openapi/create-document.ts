import { chatOperations } from './chat-operations.ts';
import { writeFailures } from './failures.ts';
import { securitySchemes, writeInformation } from './information.ts';
import type { Method, OpenApiDocument, Paths } from './open-api-types.ts';
import type { ApiRoute } from './route-schema.ts';
import { createSchemaWriter } from './schema-writer.ts';
import { toOperation } from './to-operation.ts';

/** The OpenAPI document of these routes, made of the schemas that validate them. */
export function createDocument(routes: readonly ApiRoute[], options: { version: string }): OpenApiDocument {
  const writer = createSchemaWriter();
  const responses = writeFailures(writer);
  const paths: Paths = {};
  for (const route of routes) {
    const schema = chatOperations[`${route.method} ${route.url}`] ?? route.schema;
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    const operations = (paths[path] ??= {});
    operations[route.method.toLowerCase() as Method] = toOperation({ ...route, schema }, writer);
  }
  return {
    ...writeInformation(options.version),
    paths,
    components: { schemas: sortByName(writer.components), responses, securitySchemes },
  };
}

function sortByName<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
