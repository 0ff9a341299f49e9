import { execFile, type ChildProcessWithoutNullStreams as ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { killProcesses, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { afterEach, describe, expect, it } from 'vitest';

import { PROCESS_MARKER } from './process-marker.ts';
import { endMarkedProcesses } from './end-marked-processes.ts';
import { localLauncher } from './local.ts';
import { killGroup, terminate } from './terminate.ts';

/** In the environment of every process of this file, so that what a failed test leaves can be found. */
const NODE = `csp-${randomBytes(8).toString('hex')}`;
const TIMES = { afterStdinMs: 10_000, afterSigtermMs: 10_000 };

afterEach(() => killProcesses(NODE));

/** Starts a fixture program as agents are started, and resolves with its first output. */
async function start(fixture: string, session = 'sesn_1'): Promise<{ child: ChildProcess; output: string }> {
  const child = localLauncher.launch({
    command: process.execPath,
    args: [join(import.meta.dirname, 'fixtures', `${fixture}.ts`)],
    cwd: import.meta.dirname,
    env: { [PROCESS_MARKER]: `${NODE}/${session}` },
    writableDirs: [],
  });
  const output = new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
  return { child, output: await output };
}

const isRunning = async (pid: number) => (await listProcesses(NODE)).some((each) => each.pid === pid);

describe('terminate', () => {
  it('lets a process end by itself when its input ends', async () => {
    const { child } = await start('ends-with-stdin');
    await terminate(child, TIMES);
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  });

  it('asks a process that goes on without input', async () => {
    const { child } = await start('ends-with-sigterm');
    await terminate(child, { ...TIMES, afterStdinMs: 50 });
    expect(child.exitCode).toBe(42);
  });

  it('kills a process that does not listen', async () => {
    const { child } = await start('ignores-sigterm');
    await terminate(child, { afterStdinMs: 50, afterSigtermMs: 50 });
    expect(child.signalCode).toBe('SIGKILL');
    await waitUntilGone(NODE);
  });

  it('ends what the process left in its group, though the process itself ended in good order', async () => {
    const { child, output } = await start('leaves-children');
    const { inGroup } = JSON.parse(output) as { inGroup: number };
    await terminate(child, TIMES);
    expect(child.exitCode).toBe(0);
    await until('the child in the group is gone', async () => !(await isRunning(inGroup)));
  });

  it('ends what a process that had ended before left in its group', async () => {
    const { child, output } = await start('leaves-children');
    const { inGroup } = JSON.parse(output) as { inGroup: number };
    child.stdin.end();
    await once(child, 'exit');
    expect(await isRunning(inGroup)).toBe(true);
    await terminate(child, TIMES);
    await until('the child in the group is gone', async () => !(await isRunning(inGroup)));
  });

  it('may be called twice at once, and again when all is over', async () => {
    const { child } = await start('ends-with-stdin');
    await Promise.all([terminate(child, TIMES), terminate(child, TIMES)]);
    await terminate(child, TIMES);
    expect(child.exitCode).toBe(0);
  });

  it('has nothing to do for a program that could not be started', async () => {
    const child = localLauncher.launch({ command: '/nowhere/claude', args: [], cwd: '/', env: {}, writableDirs: [] });
    await once(child, 'error');
    await terminate(child, TIMES);
    killGroup(child);
  });
});

describe('killGroup', () => {
  it('ends process and group without asking', async () => {
    const { child, output } = await start('leaves-children');
    const { inGroup } = JSON.parse(output) as { inGroup: number };
    killGroup(child);
    await once(child, 'exit');
    await until('the child in the group is gone', async () => !(await isRunning(inGroup)));
  });
});

describe('endMarkedProcesses', () => {
  it('ends what has left its group, of one session only', async () => {
    const [own, other] = await Promise.all([start('leaves-children', 'sesn_1'), start('ignores-sigterm', 'sesn_10')]);
    const { inOwnSession } = JSON.parse(own.output) as { inOwnSession: number };
    await terminate(own.child, TIMES);
    expect(await isRunning(inOwnSession)).toBe(true);
    expect(await endMarkedProcesses(`${NODE}/sesn_1`)).toBeGreaterThan(0);
    await until('the child is gone', async () => !(await isRunning(inOwnSession)));
    expect(await isRunning(other.child.pid ?? 0)).toBe(true);
  });

  it('ends everything of a node, and nothing of another', async () => {
    await start('leaves-children');
    await start('ignores-sigterm', 'sesn_2');
    expect(await endMarkedProcesses(`${NODE.slice(0, -1)}/`)).toBe(0);
    expect(await endMarkedProcesses(`${NODE}/`)).toBe(4);
    await waitUntilGone(NODE);
    expect(await endMarkedProcesses(`${NODE}/`)).toBe(0);
  });

  it('spares the process that asks, also where an agent of this node started it', async () => {
    process.env[PROCESS_MARKER] = `${NODE}/sesn_1`;
    try {
      expect(await endMarkedProcesses(`${NODE}/`)).toBe(0);
    } finally {
      delete process.env[PROCESS_MARKER];
    }
  });

  it('takes no process for not ours when descriptors are short: it says so, and waits for a while', async () => {
    await start('ignores-sigterm');
    const fixture = join(import.meta.dirname, 'fixtures', 'lacks-descriptors.ts');
    const run = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, fixture, NODE];
    const { stdout } = await promisify(execFile)('/bin/sh', run);
    expect(JSON.parse(stdout)).toEqual({
      scanned: expect.stringContaining('EMFILE'),
      refused: expect.stringMatching(/cannot be listed: the server has too few file descriptors/),
      scannedAgain: 1,
      ended: 1,
    });
    await waitUntilGone(NODE);
  });
});
