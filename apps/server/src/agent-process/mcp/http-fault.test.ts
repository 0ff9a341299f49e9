import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it } from 'vitest';

import { createBoundedFetch } from './bounded-fetch.ts';
import { toDetails, toProblem } from './mcp-problem.ts';
import { createReadBudget } from './read-budget.ts';

async function findProblem(url: string): Promise<{ text: string; remedy: string | undefined }> {
  const send = createBoundedFetch({ budget: createReadBudget(), onFlood: () => undefined });
  const error: unknown = await send(url).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { text: toProblem(error), remedy: toDetails(error).remedy };
}

it('says of a request without an answer what is wrong with its address, and nothing of its path', async () => {
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tls = await findProblem(`https://127.0.0.1:${port}/very-secret`);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  const refused = await findProblem(`http://127.0.0.1:${port}/very-secret`);
  const blocked = await findProblem('http://127.0.0.1:6667/very-secret');
  const unknown = await findProblem('http://nobody.invalid/very-secret');
  const credentials = await findProblem('http://me:very-secret@127.0.0.1:8080/');
  expect(tls.text).toContain(`127.0.0.1:${port} does not speak TLS`);
  expect(refused.text).toBe(`nothing listens at 127.0.0.1:${port} (ECONNREFUSED)`);
  expect(blocked.text).toContain('the port 6667');
  expect(unknown.text).toMatch(/host nobody\.invalid/);
  expect(credentials.text).toContain('a user name or a password');
  const all = [tls, refused, blocked, unknown, credentials];
  expect(all.every(({ remedy }) => remedy !== undefined)).toBe(true);
  expect(JSON.stringify(all)).not.toContain('very-secret');
});

it.each([
  [new SseError(200, 'text/html', {} as never), 'no MCP message'],
  [new StreamableHTTPError(-1, 'Unexpected content type: text/html'), 'no MCP message'],
  [new StreamableHTTPError(401, 'x'), '401: it wants a credential'],
  [new SseError(403, 'x', {} as never), '403: it refuses'],
  [new StreamableHTTPError(404, 'x'), '404: it has nothing at this path'],
  [new StreamableHTTPError(405, 'x'), '405: it takes no MCP messages'],
  [new StreamableHTTPError(302, 'x'), '302: it leads to another address'],
  [new StreamableHTTPError(502, 'x'), '502: it fails itself'],
])('says what the answer %s means, and what to do', (error, means) => {
  expect(toProblem(error)).toContain(means);
  expect(toDetails(error).remedy).toBeTypeOf('string');
});
