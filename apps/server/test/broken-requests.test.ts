import { once } from 'node:events';
import { connect } from 'node:net';

import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What the server says to some bytes until it closes; the client leaves its own side open. */
async function say(text: string): Promise<{ status: number; requestId: string | undefined; body: unknown }> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  // Rejects when the connection is reset before the answer was read.
  await once(socket, 'end');
  socket.destroy();
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1]),
    requestId: /^request-id: (\S+)$/im.exec(head)?.[1],
    body: JSON.parse(body),
  };
}

const UPGRADE = 'Host: csp\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const KEY = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

describe('what never reaches a route', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['an unknown version of HTTP', 'GET / HTTP/9.9\r\nHost: csp\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: csp\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 413],
    ['headers of which most is still on its way', `GET / HTTP/1.1\r\nX: ${'x'.repeat(4_000_000)}\r\n\r\n`, 413],
    ['an address that cannot be decoded', 'GET /v1/%ff HTTP/1.1\r\nHost: csp\r\nConnection: close\r\n\r\n', 400],
    [
      'an id that is too long',
      `GET /v1/files/${'x'.repeat(300)} HTTP/1.1\r\nHost: csp\r\nConnection: close\r\n\r\n`,
      400,
    ],
    ['an upgrade without a credential', `GET /ws/v1/chat HTTP/1.1\r\n${UPGRADE}${KEY}\r\n`, 401],
    ['an upgrade of what has none', `GET /v1/sessions HTTP/1.1\r\n${UPGRADE}${KEY}\r\n`, 401],
  ])('is answered with the envelope, and its connection ends: %s', async (_, text, status) => {
    const { requestId, ...answer } = await say(text);
    expect(answer).toMatchObject({ status, body: { type: 'error', request_id: requestId } });
    expect(requestId).toMatch(/^req_/);
  });

  it('is an upgrade with a wrong key', async () => {
    const answer = await say(
      `GET /ws/v1/chat HTTP/1.1\r\n${UPGRADE}Authorization: Bearer ${server.apiKey}\r\nSec-WebSocket-Key: x\r\n\r\n`,
    );
    expect(answer).toMatchObject({ status: 400, body: { type: 'error', error: { type: 'invalid_request_error' } } });
  });
});

it('says to whoever does not ask for an upgrade that there is a WebSocket', async () => {
  const response = await server.fetch('/ws/v1/chat');
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { type: 'invalid_request_error' }, request_id: response.headers.get('request-id') },
  ]);
});
