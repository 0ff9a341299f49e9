import { access, chown, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';
import { createSandboxGit } from '../workspaces/git/sandbox-git.ts';

const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });

/** Git in a sandbox, and a workspace of its user with an empty repository. */
async function openWorkspace({ confined }: { confined: boolean }) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const workspace = join(data.path, 'workspace');
  await mkdir(workspace, { mode: 0o700 });
  const { agentUser } = options;
  if (confined && agentUser) await chown(workspace, agentUser.uid, agentUser.gid);
  const sandbox = { ...options, dataDir: data.path, networking: 'unrestricted' as const, modelSocket: undefined };
  const { host } = stack.use(openTestHost(confined ? { launcher: createBubblewrapLauncher(sandbox) } : {}));
  const git = createSandboxGit({ host, path: '/usr/bin:/bin', maxRssBytes: 1024 ** 3 });
  const at = { cwd: workspace, writableDirs: [workspace] };
  await git.read(['init', '--quiet'], at);
  const held = stack.move();
  return { git, at, data: data.path, workspace, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

it.each([true, false])('reads a repository of an agent in the sandbox (confined: %s)', async (confined) => {
  if (confined && problem !== undefined) return console.warn(`SKIPPED: ${problem}`);
  await using opened = await openWorkspace({ confined });
  const { git, at, workspace } = opened;
  await writeFile(join(workspace, 'a.txt'), 'hello\n', { mode: 0o644 });
  const object = await git.read(['hash-object', '-w', '--stdin'], { ...at, input: 'hello\n' });
  expect((await git.read(['cat-file', 'blob', object.toString().trim()], at)).toString()).toBe('hello\n');
  expect((await git.read(['status', '--porcelain', '-z'], at)).toString()).toBe('?? a.txt\0');
  expect(await git.run(['rev-parse', '--verify', '--quiet', 'gone'], at)).toMatchObject({
    ok: false,
    reason: 'exit',
    code: 1,
  });
  expect(git.listProcessIds()).toEqual([]);
});

it.skipIf(problem !== undefined)(
  'holds what such a repository runs to its sandbox, its time, its memory and its output',
  async () => {
    await using opened = await openWorkspace({ confined: true });
    const { git, at, data, workspace } = opened;
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const run = (script: string) => git.run(['-c', `alias.x=!${script}`, 'x'], { ...at, timeoutMs: 20_000 });
      await run(`touch ${data}/out`);
      expect(await run(`bash -c 'echo > /dev/tcp/127.0.0.1/${port}'`)).toMatchObject({ ok: false });
      await expect(access(join(data, 'out'))).rejects.toThrow('ENOENT');
    } finally {
      server.close();
    }
    await git.read(['config', 'core.fsmonitor', 'touch ran; false'], at);
    await git.read(['status'], at);
    await expect(access(join(workspace, 'ran'))).rejects.toThrow('ENOENT');
    // In KiB; with what programs allocate and do not use.
    expect((await git.read(['-c', 'alias.x=!ulimit -d', 'x'], at)).toString().trim()).toBe(String(2 * 1024 ** 2));
    const endless = ['-c', 'alias.x=!cat /dev/zero', 'x'];
    expect(await git.run(endless, { ...at, maxOutputBytes: 1000 })).toMatchObject({ reason: 'too_much' });
    const waits = ['-c', 'alias.x=!sleep 60', 'x'];
    expect(await git.run(waits, { ...at, timeoutMs: 50 })).toMatchObject({ reason: 'late' });
  },
);
