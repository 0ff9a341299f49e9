import { startServer } from '@claude-sdk-pattern/testkit';
import type { OpenApiDocument } from '../../apps/server/src/gateway/openapi/open-api-types.ts';

/** The OpenAPI document of this source's server. Starts a server to read it, and stops the server. */
export async function readDocument(): Promise<OpenApiDocument> {
  await using server = await startServer();
  const response = await fetch(`${server.url}/api/openapi.json`);
  return (await response.json()) as OpenApiDocument;
}
