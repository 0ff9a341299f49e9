import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { killProcesses, listProcesses, waitUntilGone } from './processes.ts';
import { until } from './until.ts';
import { createWorkspaceDir } from './workspace-dir.ts';

/** A program that never ends by itself and has left its parent's process group, as a stray tool would. */
function startStray(options: { cwd?: string; env?: Record<string, string>; argument?: string }): () => void {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', options.argument ?? ''], {
    cwd: options.cwd ?? '/',
    env: options.env ?? {},
    stdio: 'ignore',
    detached: true,
  });
  return () => child.kill('SIGKILL');
}

test.each([
  ['its folder', (marker: string) => ({ cwd: marker })],
  ['its environment', (marker: string) => ({ env: { DATA: marker } })],
  ['its command line', (marker: string) => ({ argument: marker })],
])('finds a process by %s, and ends it', async (_where, toOptions) => {
  await using dir = await createWorkspaceDir();
  const kill = startStray(toOptions(dir.path));
  try {
    const [found] = await until('it runs', async () => {
      const processes = await listProcesses(dir.path);
      return processes.length === 1 && processes;
    });
    expect(found).toMatchObject({ parentPid: process.pid });
    await expect(waitUntilGone(dir.path, 50)).rejects.toThrow(`Still running: ${found?.pid}`);
    await killProcesses(dir.path);
    await waitUntilGone(dir.path);
  } finally {
    kill();
  }
});

test('does not count a process that has ended but was not collected', async () => {
  await using dir = await createWorkspaceDir();
  const child = spawn('true', { cwd: dir.path, stdio: 'ignore' });
  await once(child, 'exit');
  expect(await listProcesses(dir.path)).toEqual([]);
});

test('refuses to end processes by a marker that is not ours', async () => {
  await expect(killProcesses('/')).rejects.toThrow('csp-');
});
