import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { servePart } from './src/parts/serve-part.ts';

// A collector of traces that throws them away, in a process of its own: what it takes is no cost of who sends them.
await servePart(async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` };
});
