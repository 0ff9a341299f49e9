import { once } from 'node:events';
import { link, rename, symlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { EndpointProcess } from './endpoint-process.ts';
import { openOwnSocket } from '../agent-files/open-own-socket.ts';

async function listen(path: string, answer: string) {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    response.end(answer);
  });
  server.listen(path);
  await once(server, 'listening');
  return { asked, [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))) };
}

function createProcess(dir: string, agentUser?: { uid: number; gid: number }) {
  const process = openProcess(dir, { agentUser });
  const { signal } = new AbortController();
  return () => process.send({ method: 'GET', path: '/a', headers: {}, body: Buffer.alloc(0), signal });
}

function openProcess(
  dir: string,
  {
    agentUser,
    held = new DisposableStack(),
  }: { agentUser?: { uid: number; gid: number } | undefined; held?: Disposable },
) {
  return new EndpointProcess(
    {
      job: {
        ...{ plugin: 'x', version: '1', part: 'endpoints', module: '/m.ts', toolNames: [], configuration: {} },
        ...{ secrets: {}, limits: { memoryMb: 64, timeoutMs: 1000, concurrency: 1 }, socket: join(dir, 's') },
      },
      ...{ held, contentDir: dir, dir, label: 'x' },
    },
    {
      host: { agentUser, confines: false, start: () => expect.unreachable() },
      secrets: { resolve: () => expect.unreachable(), mask: (value) => value },
      ...{ path: '', networking: 'unrestricted', maxRssBytes: 1, onOutput: () => {}, onEnded: () => {} },
    },
  );
}

it('keeps the content of the plugin until it has ended', async () => {
  const held = new DisposableStack();
  const process = openProcess('/none', { held });
  expect(held.disposed).toBe(false);
  await process.close();
  expect(held.disposed).toBe(true);
});

it('speaks to the socket of its process, and to no other one that the process puts in its place', async () => {
  await using folder = await createWorkspaceDir();
  const socket = join(folder.path, 's');
  const send = createProcess(folder.path);
  await using own = await listen(socket, 'own');
  expect((await send()).body.toString()).toBe('own');
  await using other = await listen(join(folder.path, 'other'), 'other');
  await rename(socket, join(folder.path, 'before'));
  await symlink('other', socket);
  await expect(send()).rejects.toThrow();
  await link(join(folder.path, 'other'), `${socket}2`);
  await rename(`${socket}2`, socket);
  await expect(send()).rejects.toThrow('a socket of its own');
  await rename(join(folder.path, 'before'), socket);
  const uid = (process.getuid?.() ?? 0) + 1;
  await expect(createProcess(folder.path, { uid, gid: uid })()).rejects.toThrow('a socket of its own');
  expect([own.asked, other.asked]).toEqual([['/a'], []]);
});

it.runIf(process.platform === 'linux')(
  'keeps to the socket that it checked when its path leads elsewhere by then',
  async () => {
    await using folder = await createWorkspaceDir();
    const socket = join(folder.path, 's');
    await using own = await listen(socket, 'own');
    await using other = await listen(join(folder.path, 'other'), 'other');
    await using opened = await openOwnSocket(socket, undefined);
    await rename(socket, join(folder.path, 'before'));
    await symlink('other', socket);
    const [answer] = (await once(
      request({ socketPath: opened.address, path: '/b', agent: false }).end(),
      'response',
    )) as [NodeJS.ReadableStream];
    answer.resume();
    await once(answer, 'end');
    expect([own.asked, other.asked]).toEqual([['/b'], []]);
  },
);
