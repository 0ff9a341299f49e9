import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of 127.0.0.1 on which nobody listens now, for a server that must restart at the same address. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
