import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { createWorkspaceDir, killProcesses } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { describeHost } from '../src/hosts/fixtures/host.contract.ts';
import type { TestHost } from '../src/hosts/fixtures/open-test-host.ts';
import { startFixture, waitForExit } from '../src/hosts/fixtures/start-fixture.ts';
import { createRemoteHost } from './support/remote-host/remote-host.ts';
import { startHostProgram } from './support/remote-host/start-host-program.ts';

/** A host of the tests whose processes are children of another process. */
async function openRemoteHost(): Promise<TestHost & { lose(): Promise<void> }> {
  const dir = await createWorkspaceDir();
  const socketPath = join(dir.path, 'host.sock');
  const nodeId = `csp-${randomBytes(8).toString('hex')}`;
  const program = await startHostProgram(socketPath, nodeId);
  const exited = once(program, 'exit');
  return {
    host: createRemoteHost(() => socketPath),
    nodeId,
    async lose() {
      program.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      program.kill('SIGKILL');
      await exited;
      await killProcesses(nodeId);
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe('a host behind a socket', () => {
  describeHost(openRemoteHost);

  it('tells of each process that it was lost with the host', async () => {
    await using opened = await openRemoteHost();
    const { hosted } = await startFixture(opened.host, 'ignores-sigterm');
    const exited = waitForExit(hosted);
    await opened.lose();
    await exited;
    expect(await hosted.end()).toMatchObject({ cause: 'host_lost', code: null, signal: null });
  });

  it('tells the same of one that is started when it is lost already', async () => {
    await using opened = await openRemoteHost();
    await opened.lose();
    const request = { label: 'sesn_1', command: '/bin/true', args: [], cwd: '/', env: {}, writableDirs: [] };
    expect(await opened.host.start(request).end()).toMatchObject({ cause: 'host_lost' });
  });
});
