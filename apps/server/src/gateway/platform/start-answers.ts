import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

/** Answers at the server's address until its start can go on. */
export interface StartAnswers {
  /** Resolves when the address is free for the server itself. */
  close(): Promise<void>;
}

/**
 * Says that the process lives and why its start waits: `/health/live` is 200, `/health/startup` and `/health/ready` are
 * 503, and everything else gets the error envelope with `storage_unavailable`. Rejects where the address cannot be used.
 */
export async function openStartAnswers(
  { host, port }: { host: string; port: number },
  reason: string,
): Promise<StartAnswers> {
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split('?')[0];
    if (path === '/health/live') return answer(response, 200, { status: 'ok' });
    if (path === '/health/startup' || path === '/health/ready')
      return answer(response, 503, { status: 'unavailable', reason });
    const error = new CspError('storage_unavailable', reason);
    return answer(response, 503, { type: 'error', error: error.toBody() });
  }).listen(port, host);
  await once(server, 'listening');
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const RETRY_AFTER_SECONDS = 5;

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    ...(status !== 200 && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
  });
  response.end(JSON.stringify(body));
}
