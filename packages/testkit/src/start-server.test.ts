import { existsSync } from 'node:fs';

import { expect, test } from 'vitest';

import { listProcesses } from './processes.ts';
import { startServer } from './start-server.ts';

test('starts a server that takes its key and no other, and leaves nothing behind', async () => {
  const server = await startServer();
  try {
    expect((await server.fetch('/api/v1/bootstrap')).status).toBe(200);
    expect((await fetch(`${server.url}/api/v1/bootstrap`)).status).toBe(401);
    expect((await listProcesses(server.dataDir)).map(({ pid }) => pid)).toContain(server.pid);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  expect(await listProcesses(server.dataDir)).toEqual([]);
  expect(existsSync(server.dataDir)).toBe(false);
});

test('comes back at the same address with its data after a crash', async () => {
  await using server = await startServer();
  const created = await server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Survivor' }),
  });
  const { id } = (await created.json()) as { id: string };
  const { pid } = server;
  expect(await server.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await (await server.fetch(`/v1/sessions/${id}`)).json()).toMatchObject({ id, title: 'Survivor' });
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(await server.stop()).toBeUndefined();
});

test('says why a server did not become ready', async () => {
  await expect(startServer({ environment: { CLAUDE_SDK_PATTERN_MAX_SESSIONS: 'many' } })).rejects.toThrow(
    'CLAUDE_SDK_PATTERN_MAX_SESSIONS',
  );
});
