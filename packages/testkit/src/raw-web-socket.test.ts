import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';

import { connectRawWebSocket } from './raw-web-socket.ts';

async function startEcho() {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === 'Bearer key',
  });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id: string };
      socket.send(JSON.stringify({ type: 'session.deleted', session_id: id }));
      socket.send(JSON.stringify({ type: 'pong', id }));
    });
  });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropAll: () => server.clients.forEach((socket) => socket.close(4008)),
    [Symbol.dispose]() {
      server.clients.forEach((socket) => socket.terminate());
      server.close();
    },
  };
}

test('collects frames and finds those that came before and those that come after', async () => {
  using server = await startEcho();
  await using socket = await connectRawWebSocket(server, { apiKey: 'key' });
  const later = socket.waitFor((frame) => frame.type === 'pong');
  expect(await socket.request({ type: 'ping', id: 'a' })).toEqual({ type: 'pong', id: 'a' });
  expect(await later).toEqual({ type: 'pong', id: 'a' });
  expect(await socket.waitFor((frame) => frame.type === 'session.deleted')).toMatchObject({ session_id: 'a' });
  expect(socket.frames).toHaveLength(2);
});

test('says which status refused the upgrade', async () => {
  using server = await startEcho();
  await expect(connectRawWebSocket(server, { apiKey: 'wrong' })).rejects.toThrow('401');
});

test('tells the close code, and ends waits for frames that cannot come any more', async () => {
  using server = await startEcho();
  await using socket = await connectRawWebSocket(server, { apiKey: 'key' });
  const outcome = socket.waitFor((frame) => frame.type === 'reply').catch(String);
  server.dropAll();
  expect(await socket.closed).toBe(4008);
  expect(await outcome).toContain('The socket was closed');
});
