import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { EndpointRequest } from '../define-endpoint.ts';
import { ACTOR_ID_HEADER, ACTOR_ROLE_HEADER } from './plugin-job.ts';
import type { PluginRunner } from './plugin-runner.ts';
import { toText, type PlainRequest, type PlainResponse } from './run-endpoint.ts';

/** Answers the requests that the platform passes on. Bodies were limited before. */
export function createEndpointServer(
  runner: Pick<PluginRunner, 'request'>,
  onFailure: (reason: string) => void,
): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const aborter = new AbortController();
    response.once('close', () => aborter.abort());
    let answered: PlainResponse;
    try {
      answered = await runner.request(await toPlain(request), { signal: aborter.signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onFailure(`${request.method} ${request.url}: ${reason}`);
      // What a plugin throws may say more than who asks should read.
      answered = toText(reason.startsWith('It did not answer') ? 504 : 500, 'The plugin failed');
    }
    response.writeHead(answered.status, answered.headers.flat());
    response.end(answered.body);
  };
  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}

async function toPlain(request: IncomingMessage): Promise<PlainRequest> {
  const { [ACTOR_ID_HEADER]: id = '', [ACTOR_ROLE_HEADER]: role = 'user', ...headers } = request.headersDistinct;
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: Object.entries(headers).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    body: new Uint8Array(await buffer(request)),
    actor: { id: String(id), role: String(role) as EndpointRequest['actor']['role'] },
  };
}
