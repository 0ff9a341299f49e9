import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { createOutgoingFetch } from './outgoing-fetch.ts';
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

it('fetches from trusted origins alone, follows no redirection, and breaks an answer without an end', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    else if (request.url === '/long') response.end('x'.repeat(1024 * 1024 + 1));
    else response.setHeader('x-method', `${request.method} ${String(request.headers['x-given'])}`).end('{"a":1}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lookup = ((_name: string, _options: unknown, done: (error: null, all: unknown) => void) =>
    done(null, [{ address: '10.0.0.1', family: 4 }])) as unknown as NonNullable<OutgoingOptions['lookup']>;
  const outgoing = createOutgoingFetch({ allowedOrigins: [], lookup });
  await expect(outgoing.open()(`${origin}/`)).rejects.toThrow('not https on a public host');
  await expect(outgoing.open([origin])('http://127.0.0.1:1/')).rejects.toThrow('not https on a public host');
  await expect(outgoing.open()('https://inside.example.com/')).rejects.toMatchObject({
    cause: expect.objectContaining({ message: expect.stringContaining('not public') }),
  });
  const get = outgoing.open([origin]);
  const answer = await get(`${origin}/here`, { method: 'POST', body: 'b', headers: new Headers({ 'x-given': 'g' }) });
  expect([answer.url, answer.headers.get('x-method'), await answer.json()]).toEqual([
    `${origin}/here`,
    'POST g',
    { a: 1 },
  ]);
  expect((await get(`${origin}/moved`)).status).toBe(307);
  await expect(get(`${origin}/long`).then((long) => long.text())).rejects.toThrow('more than');
  await outgoing.close();
  server.close();
});
