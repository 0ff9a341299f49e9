import { startServer } from '@claude-sdk-pattern/testkit';
import type { OpenApiDocument } from '../../apps/server/src/gateway/openapi/open-api-types.ts';

/** What a server of this source says of its interface. Starts one for it, and ends it. */
export async function readDocument(): Promise<OpenApiDocument> {
  await using server = await startServer();
  const response = await fetch(`${server.url}/api/openapi.json`);
  return (await response.json()) as OpenApiDocument;
}
