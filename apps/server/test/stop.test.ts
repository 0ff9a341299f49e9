import { connectRawWebSocket, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

it('stops without waiting for clients that do not read, or whose line is dead', async () => {
  await using server = await startServer();
  await using frozen = await connectRawWebSocket(server, { apiKey: server.apiKey });
  await frozen.request({ type: 'ping' });
  frozen.pause();
  // The testkit kills a server that takes too long.
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});
