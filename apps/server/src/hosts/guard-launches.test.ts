import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { killProcesses, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { afterEach, expect, it } from 'vitest';

import { PROCESS_MARKER } from './process-marker.ts';
import { guardLaunches } from './guard-launches.ts';
import { localLauncher } from './local.ts';

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
  // The server must not be found by the marker: only what it launches carries it.
  const server = spawn(process.execPath, [join(FIXTURES, 'guarded-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: server.stdout });
  server.stdin.write(`${JSON.stringify(request)}\n`);
  const [pid] = (await once(lines, 'line')) as [string];
  expect((await listProcesses(NODE)).map((each) => each.pid)).toContain(Number(pid));
  server.kill('SIGKILL');
  await waitUntilGone(NODE);
});

it('ends nothing when the server closes it', async () => {
  const guarded = guardLaunches(localLauncher);
  const child = guarded.launcher.launch(request);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  await guarded.close();
  await guarded.close();
  expect((await listProcesses(NODE)).map(({ pid }) => pid)).toContain(child.pid);
  child.kill('SIGKILL');
  await until('it is gone', () => child.signalCode !== null);
});
