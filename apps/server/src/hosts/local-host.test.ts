import { createWorkspaceDir, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { describeHost } from './fixtures/host.contract.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { describeTerminals } from './fixtures/terminal.contract.ts';
import { startFixture } from './fixtures/start-fixture.ts';
import { localLauncher } from './local.ts';
import type { Launcher } from './launcher.ts';

describe('a local host', () => {
  describeHost(() => openTestHost());
  describeTerminals(async () => {
    const workspace = await createWorkspaceDir();
    const opened = openTestHost();
    return {
      ...opened,
      workspace: workspace.path,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        await workspace[Symbol.asyncDispose]();
      },
    };
  });

  it('ends a process although a step of the ladder fails', async () => {
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
