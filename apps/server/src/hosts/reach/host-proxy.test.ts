import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { openHostProxy } from './host-proxy.ts';

/** A proxy to one host, which answers each request with the next of these texts and ends the connection. */
async function openProxyTo(answers: string[]) {
  const asked: string[] = [];
  const host = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      asked.push(data.toString());
      socket.end(answers.shift() ?? '');
    });
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const { port } = host.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), 'csp-proxy-'));
  onTestFinished(async () => {
    host.close();
    await rm(folder, { recursive: true });
  });
  const path = join(folder, 'socket');
  openHostProxy(path, [`127.0.0.1:${port}`]);
  const send = async (headers = '', url = `http://127.0.0.1:${port}/`) => {
    const socket = connect(path);
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(`GET ${url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`);
    await once(socket, 'close');
    return answer;
  };
  return { asked, send };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n';

it('passes on what is meant for the other side, and goes on whatever a plugin sends or a host answers', async () => {
  const { asked, send } = await openProxyTo([
    `${OK}trailer: x\r\nkeep-alive: timeout=9\r\nx-kept: 1\r\n\r\nok`,
    'HTTP/1.1 000 OK\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'nothing of HTTP\r\n\r\n',
    `${OK}\r\nok`,
  ]);
  const first = await send('trailer: x\r\nte: trailers\r\nproxy-authorization: secret\r\nx-mine: 1\r\n');
  expect(first).toMatch(/^HTTP\/1\.1 200 .*x-kept: 1.*ok$/s);
  expect(first).not.toMatch(/trailer|timeout=9/);
  expect(asked[0]).not.toMatch(/trailer|te:|secret/);
  expect(await send()).toMatch(/^HTTP\/1\.1 502 /);
  for (let index = 0; index < 2; index += 1) expect(await send()).not.toMatch(/^HTTP\/1\.1 [12]/);
  expect(await send('', 'http://127.0.0.1:1/')).toMatch(/^HTTP\/1\.1 403 /);
  expect(await send()).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
});
