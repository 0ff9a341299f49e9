import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { expect, it } from 'vitest';

import { createHttpRemotes } from './ask-over-http.ts';
import { parseRemote } from './remote.ts';

const credential = { type: 'basic', username: 'x', password: 'token-4c1e' } as const;
const advertisement = { service: 'git-upload-pack', isAdvertisement: true, headers: {}, body: undefined } as const;
const options = { credential, ownerId: 'user_1', signal: new AbortController().signal };

/** A git server that answers so, with the requests that it got. */
async function listen(answer: RequestListener) {
  const requests: { url: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, requests, [Symbol.asyncDispose]: close };
}

it('follows a repository that has moved on its server, and takes the credential to no other', async () => {
  await using other = await listen((_, response) => void response.end('other'));
  await using server = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://git');
    const to = pathname.startsWith('/old/')
      ? '/new/info/refs'
      : pathname.startsWith('/away/') && `${other.origin}/x/info/refs`;
    if (typeof to === 'string') return void response.writeHead(302, { location: to }).end();
    response.end(`refs of ${pathname}`);
  });
  const remotes = createHttpRemotes({ allowedServers: [server.origin, other.origin] });
  try {
    const ask = (name: string) => remotes.ask(parseRemote(`${server.origin}/${name}`), advertisement, options);
    expect(await text((await ask('old')).body)).toBe('refs of /new/info/refs');
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(
      server.requests.map(() => expect.stringMatching(/^Basic /)),
    );
    await expect(ask('away')).rejects.toThrow(`it has moved to ${other.origin}/x`);
    expect(other.requests).toEqual([]);
  } finally {
    await remotes.close();
  }
});

it.each([
  ['inside', ['127.0.0.1']],
  ['both inside and outside', ['93.184.215.14', '127.0.0.1']],
])('connects to no host whose name leads %s when the connection is made', async (_, addresses) => {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let lookups = 0;
  const remotes = createHttpRemotes({
    allowedServers: [],
    lookup: ((_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
      lookups += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    }) as never,
  });
  try {
    const remote = parseRemote(`https://git.example:${(server.address() as AddressInfo).port}/a`);
    await expect(remotes.ask(remote, advertisement, options)).rejects.toThrow(/not public/);
    // The answer that is checked is the one that would be connected to: there is no second one.
    expect([lookups, connections]).toEqual([1, 0]);
  } finally {
    server.close();
    await remotes.close();
  }
});
