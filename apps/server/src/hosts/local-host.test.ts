import { listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openTestHost } from './fixtures/open-test-host.ts';
import { startFixture, waitForExit } from './fixtures/start-fixture.ts';
import { localLauncher } from './local.ts';
import type { Launcher } from './launcher.ts';

const NO_EXIT = { code: null, signal: null };

describe('the end of a process', () => {
  it('is told with its exit code and that it was asked for', async () => {
    await using opened = openTestHost();
    const { hosted } = await startFixture(opened.host, 'ends-with-stdin');
    expect(await hosted.end()).toMatchObject({ cause: 'asked', code: 0, signal: null, stderrTail: '' });
  });

  it('is told with the signal that ended it from outside, and how long it had lived', async () => {
    await using opened = openTestHost();
    const { hosted } = await startFixture(opened.host, 'ignores-sigterm');
    hosted.kill('SIGKILL');
    await waitForExit(hosted);
    const exit = await hosted.end();
    expect(exit).toMatchObject({ cause: 'died', code: null, signal: 'SIGKILL' });
    expect(exit.afterMs).toBeGreaterThan(0);
  });

  it('comes at once, and as asked for, when it is killed', async () => {
    await using opened = openTestHost();
    const { hosted } = await startFixture(opened.host, 'ignores-sigterm');
    hosted.kill();
    expect(await hosted.end()).toMatchObject({ cause: 'asked', signal: 'SIGKILL' });
  });

  it('is told with the last of what it wrote to standard error, however much that was', async () => {
    await using opened = openTestHost();
    const heard: string[] = [];
    const script = 'head -c 1000000 /dev/zero | tr "\\0" x >&2; echo no room >&2; exit 3';
    const hosted = opened.host.start({
      ...{ label: 'sesn_1', command: '/bin/sh', args: ['-c', script], cwd: '/', env: process.env, writableDirs: [] },
      onStderr: (text) => heard.push(text),
    });
    await waitForExit(hosted);
    const exit = await hosted.end();
    expect(exit).toMatchObject({
      cause: 'died',
      code: 3,
      stderrTail: expect.stringMatching(/x\nno room\n$|xno room\n$/),
    });
    expect(exit.stderrTail).toHaveLength(500);
    expect(heard.join('').endsWith('no room\n')).toBe(true);
  });

  it('takes with it what changed its session', async () => {
    await using opened = openTestHost();
    const { hosted } = await startFixture(opened.host, 'leaves-children');
    expect(await listProcesses(opened.nodeId)).toHaveLength(3);
    await hosted.end();
    await waitUntilGone(opened.nodeId);
  });

  it('may be asked for several times, also when all is over', async () => {
    await using opened = openTestHost();
    const { hosted } = await startFixture(opened.host, 'ends-with-stdin');
    const [first, second] = await Promise.all([hosted.end(), hosted.end()]);
    expect(first).toBe(second);
    expect(await hosted.end()).toBe(first);
  });

  it('comes although a step of the ladder fails', async () => {
    const launcher: Launcher = {
      ...localLauncher,
      launch(request) {
        const child = localLauncher.launch(request);
        const destroy = child.stdin.destroy.bind(child.stdin);
        child.stdin.destroy = () => {
          child.stdin.destroy = destroy;
          throw new Error('The input cannot be closed');
        };
        return child;
      },
    };
    await using opened = openTestHost({ launcher });
    const { hosted } = await startFixture(opened.host, 'ignores-sigterm');
    expect(await hosted.end()).toMatchObject({ cause: 'asked', signal: 'SIGKILL' });
    await waitUntilGone(opened.nodeId);
  });

  it('is that of one that could not be started, with why', async () => {
    await using opened = openTestHost();
    const request = { label: 'sesn_1', command: '/nowhere/claude', args: [], cwd: '/', env: {}, writableDirs: [] };
    const hosted = opened.host.start(request);
    expect(hosted.kill()).toBe(true);
    const error = expect.objectContaining({ code: 'ENOENT' });
    expect(await hosted.end()).toMatchObject({ ...NO_EXIT, cause: 'start_failed', error });
  });
});

describe('a local host', () => {
  it('ends what a dead server of its node has left, and nothing of another node', async () => {
    await using dead = openTestHost();
    await using other = openTestHost();
    await startFixture(dead.host, 'leaves-children');
    const { hosted } = await startFixture(other.host, 'ignores-sigterm');
    await using next = openTestHost({ nodeId: dead.nodeId });
    expect(await next.host.endLeft()).toBe(3);
    await waitUntilGone(dead.nodeId);
    expect(await next.host.endLeft()).toBe(0);
    expect([hosted.exitCode, hosted.signalCode]).toEqual([null, null]);
  });

  it('ends what still runs when it is closed', async () => {
    await using opened = openTestHost({ times: { afterStdinMs: 10, afterSigtermMs: 10 } });
    const { hosted } = await startFixture(opened.host, 'ignores-sigterm');
    await opened.host.close();
    await opened.host.close();
    expect(hosted.signalCode).toBe('SIGKILL');
    await until('nothing is left', async () => (await listProcesses(opened.nodeId)).length === 0);
  });
});
