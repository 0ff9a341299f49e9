import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { createOutgoing, type OutgoingOptions } from './outgoing.ts';

const message = (url: string) => ({ url, headers: {}, body: 'hello' });

it.each([
  ['https://push.example.com/abc', true],
  ['https://8.8.8.8/abc', true],
  ['http://push.example.com/abc', false],
  ['https://user:word@push.example.com/abc', false],
  ['https://127.0.0.1/abc', false],
  ['https://0x7f.1/abc', false],
  ['https://[::1]/abc', false],
  ['https://169.254.169.254/latest', false],
  ['file:///etc/passwd', false],
  ['nonsense', false],
])('says of %s whether a message may go there', (url, may) => {
  expect(createOutgoing({ allowedOrigins: [] }).mayReach(url)).toBe(may);
});

it('does not connect to a name that leads to an address which is not public', async () => {
  let asked = 0;
  const lookup = ((_name: string, _options: unknown, done: (error: null, all: unknown) => void) => {
    asked += 1;
    done(null, [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  }) as unknown as NonNullable<OutgoingOptions['lookup']>;
  const outgoing = createOutgoing({ allowedOrigins: [], lookup });
  await expect(outgoing.post(message('https://inside.example.com/'))).rejects.toThrow('not public');
  await expect(outgoing.post(message('https://127.0.0.1/'))).rejects.toThrow('no public https host');
  expect(asked).toBe(1);
  await outgoing.close();
});

it('posts to an allowed origin, and takes a redirection for the answer', async () => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/elsewhere', 'retry-after': '7' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outgoing = createOutgoing({ allowedOrigins: [origin] });
  expect(await outgoing.post(message(`${origin}/here`))).toEqual({ status: 302, retryAfterMs: 7000 });
  expect(paths).toEqual(['/here']);
  await outgoing.close();
  server.close();
});
