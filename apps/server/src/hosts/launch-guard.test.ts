import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { killProcesses, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { afterEach, expect, it } from 'vitest';

import { createLaunchGuard } from './launch-guard.ts';
import { localLauncher } from './local.ts';
import { PROCESS_MARKER } from './process-marker.ts';

/** In the environment of every process of this file, so that what a failed test leaves can be found. */
const NODE = `csp-${randomBytes(8).toString('hex')}`;
const FIXTURES = join(import.meta.dirname, 'fixtures');
const request = {
  command: process.execPath,
  args: [join(FIXTURES, 'ignores-sigterm.ts')],
  cwd: import.meta.dirname,
  env: { [PROCESS_MARKER]: `${NODE}/sesn_1` },
  writableDirs: [],
};

afterEach(() => killProcesses(NODE));

it('ends what was started when the server is killed, also what goes on without input', async () => {
  const server = spawn(process.execPath, [join(FIXTURES, 'guarded-server.ts'), NODE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const hasStarted = async () =>
    (await listProcesses(NODE)).some(({ command }) => command.includes('ignores-sigterm.ts'));
  const up = once(server.stdout, 'data');
  server.stdin.write(`${JSON.stringify({ ...request, label: 'sesn_1' })}\n`);
  await up;
  expect(await hasStarted()).toBe(true);
  server.kill('SIGKILL');
  await waitUntilGone(NODE);
});

it('ends nothing when the server closes it', async () => {
  const guard = createLaunchGuard();
  const child = localLauncher.launch(request);
  guard.add(child.pid ?? 0);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await guard.close();
  await guard.close();
  expect((await listProcesses(NODE)).map(({ pid }) => pid)).toContain(child.pid);
  child.kill('SIGKILL');
  await until('it is gone', () => child.signalCode !== null);
});
