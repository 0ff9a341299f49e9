import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { createSandboxGit } from '../workspaces/git/sandbox-git.ts';
import { toShownPath } from '../workspaces/history/git-path.ts';
import { chooseFiles } from '../workspaces/history/choose-files.ts';
import { parseStatus } from '../workspaces/history/parse-status.ts';
import { createWorkspaceHistory, EMPTY_STATE } from '../workspaces/history/workspace-history.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';

const run = promisify(execFile);
const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });
const confined = problem === undefined;
const LIMITS = { maxFiles: 50, maxFileBytes: 1000, maxNewBytes: 100_000 };

/** The history of an empty workspace, in a sandbox where the machine has one. */
async function openHistory(limits = LIMITS) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const workspace = join(data.path, 'workspace');
  await mkdir(workspace, { mode: 0o700 });
  const sandbox = { ...options, dataDir: data.path, networking: 'unrestricted' as const, modelSocket: undefined };
  const { host } = stack.use(openTestHost(confined ? { launcher: createBubblewrapLauncher(sandbox) } : {}));
  const owner = confined ? options.agentUser : undefined;
  if (owner) await chown(workspace, owner.uid, owner.gid);
  const store = join(data.path, 'store');
  const git = createSandboxGit({ host, path: '/usr/bin:/bin' });
  const open = () => createWorkspaceHistory(git, { workspace, store, owner }, limits);
  const [history, other] = [open(), open()];
  const held = stack.move();
  return {
    ...{ history, other, workspace, store },
    /** Writes as the agent would. */
    async write(files: Record<string, string>) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(workspace, path, '..'), { recursive: true });
        await writeFile(join(workspace, path), text);
      }
      if (owner) await run('chown', ['-Rh', `${owner.uid}:${owner.gid}`, workspace]);
    },
    read: (path: string) => readFile(join(workspace, path), 'utf8'),
    /** The paths that differ, with the letter of how. */
    async list(from: string, to: string) {
      const found = await history.list(from, to);
      return found.map(({ path, status }) => `${status[0]} ${toShownPath(path)}`);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

it('records states, says what differs, and makes a state again without touching what git ignores', async () => {
  await using opened = await openHistory();
  const { history, workspace, write, read, list } = opened;
  const none = await history.record();
  expect(none).toMatchObject({ id: EMPTY_STATE, files: 0 });
  await write({ 'a.txt': 'one\n', 'src/b.txt': 'b\n', '.gitignore': 'log/\n', 'log/x': 'kept' });
  const first = await history.record();
  expect(first).toMatchObject({ files: 3, changedFiles: 3, leftOut: { count: 0 } });
  expect(await history.record()).toMatchObject({
    id: first.id,
    files: 3,
    changedFiles: 0,
    changedBytes: 0,
    leftOut: { count: 0 },
  });
  await write({ 'a.txt': 'one\ntwo\n', 'src/new/c.txt': 'c\n', 'log/y': 'kept too' });
  await rm(join(workspace, 'src/b.txt'));
  const second = await history.record();
  expect(await list(first.id, second.id)).toEqual(['m a.txt', 'd src/b.txt', 'a src/new/c.txt']);
  expect(await history.readDiff({ from: first.id, to: second.id, shownPath: 'a.txt' })).toMatchObject({
    difference: { added: 1, removed: 0 },
    diff: { type: 'text', diff: expect.stringContaining('+two'), isTruncated: false },
  });
  await history.restore({ from: second.id, to: first.id });
  expect([await read('a.txt'), await read('src/b.txt'), await read('log/y')]).toEqual(['one\n', 'b\n', 'kept too']);
  expect(await history.record()).toMatchObject({ id: first.id, changedFiles: 0 });
  await history.restore({ from: first.id, to: second.id });
  expect(await read('src/new/c.txt')).toBe('c\n');
  await history.restore({ from: second.id, to: EMPTY_STATE });
  expect(await readdir(workspace)).toEqual(['log']);
  // Nobody has a state of an empty workspace any more, and the newest one stays.
  await history.retain([second.id]);
  expect(await Promise.all([first.id, second.id].map((id) => history.has(id)))).toEqual([false, true]);
  // Its .gitignore is gone.
  expect(await list(EMPTY_STATE, (await history.record()).id)).toEqual(['a log/x', 'a log/y']);
});

it('neither runs nor follows what an agent leaves, and records the files of its repositories', async () => {
  await using opened = await openHistory();
  const { history, workspace, write, list } = opened;
  const marks = join(workspace, 'log');
  const evil = `touch ${marks}/ran; false`;
  const config = `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${evil}\n\thooksPath = .hooks\n[filter "evil"]\n\tclean = ${evil}\n\tsmudge = ${evil}\n[diff "evil"]\n\tcommand = ${evil}\n\ttextconv = ${evil}\n`;
  const bare = { config, HEAD: 'ref: refs/heads/main\n', 'objects/keep': '', 'refs/keep': '' };
  const toRepository = (dir: string) =>
    Object.fromEntries(Object.entries(bare).map(([name, text]) => [join(dir, '.git', name), text]));
  await write({
    ...{ '.gitignore': 'log/\n', 'log/keep': '' },
    '.gitattributes': '* filter=evil diff=evil text eol=crlf working-tree-encoding=UTF-16LE ident\n',
    '.hooks/post-checkout': `#!/bin/sh\n${evil}\n`,
    ...{ ...toRepository('.'), ...toRepository('inner'), ...toRepository('inner/deep'), ...toRepository('log/off') },
    ...{ 'inner/x.txt': 'x $Id$\n', 'inner/deep/y.txt': 'y\n', 'lines.txt': 'a\r\nb\n' },
    'new\nline': 'n\n',
  });
  await run('python3', ['-c', `open(b'${workspace}/bad\\xff', 'w').write('b')`]);
  await run('mkfifo', [join(workspace, 'pipe')]);
  const server = createServer().listen(join(workspace, 'socket'));
  await once(server, 'listening');
  await symlink('/etc/passwd', join(workspace, 'link'));
  await write({ 'secret.txt': 's', 'large.bin': 'x'.repeat(2000) });
  await chmod(join(workspace, 'secret.txt'), 0o000);
  const before = await history.record();
  server.close();
  expect(before.leftOut).toEqual({ count: 2, paths: ['large.bin', 'secret.txt'] });
  expect(await list(EMPTY_STATE, before.id)).toEqual(
    [
      ...['.gitattributes', '.gitignore', '.hooks/post-checkout', '"bad\\377"', 'inner/deep/y.txt', 'inner/x.txt'],
      ...['lines.txt', 'link', 'new\nline'],
    ].map((path) => `a ${path}`),
  );
  // A repository that vanishes, a file that becomes a pipe, a folder that becomes a link.
  for (const path of ['inner/.git', 'lines.txt', 'inner/deep']) await rm(join(workspace, path), { recursive: true });
  await run('mkfifo', [join(workspace, 'lines.txt')]);
  await symlink('/etc', join(workspace, 'inner/deep'));
  await write({ 'inner/z.txt': 'z\n', ...toRepository('other'), 'other/q.txt': 'q\n' });
  const after = await history.record();
  expect(await list(before.id, after.id)).toEqual([
    ...['a inner/deep', 'd inner/deep/y.txt', 'a inner/z.txt', 'd lines.txt', 'a other/q.txt'],
  ]);
  await expect(history.restore({ from: after.id, to: before.id })).rejects.toThrow(
    /^Nothing was taken back: lines.txt /,
  );
  await rm(join(workspace, 'lines.txt'));
  await history.restore({ from: after.id, to: before.id });
  expect(await readFile(join(workspace, 'lines.txt'), 'utf8')).toBe('a\r\nb\n');
  expect(await readFile(join(workspace, 'inner/x.txt'), 'utf8')).toBe('x $Id$\n');
  expect((await stat(join(workspace, 'large.bin'))).size).toBe(2000);
  expect(await readdir(marks)).toEqual(['keep', 'off']);
});

it('misses no file of a folder whose times are set back, neither in the second in which it was looked at nor later', async () => {
  await using opened = await openHistory();
  const { history, workspace, write } = opened;
  await write({ 'src/a.txt': 'a\n', '.gitignore': '*.log\n' });
  const writeInPast = async (name: string) => {
    await writeFile(join(workspace, 'src', name), name);
    await utimes(join(workspace, 'src'), 1_000_000_000, 1_000_000_000);
  };
  // From here on, git reads only folders with other times.
  await expect.poll(async () => (await history.record()).settled, { timeout: 10_000 }).toBe('yes');
  await expect.poll(() => Date.now() % 1000, { interval: 10, timeout: 2000 }).toBeLessThan(100);
  await writeInPast('b.log');
  expect(await history.record()).toMatchObject({ files: 2, changedFiles: 0, settled: 'unknown' });
  await writeInPast('b.txt');
  expect(await history.record()).toMatchObject({ files: 3, changedFiles: 1 });
  await expect.poll(async () => (await history.record()).settled, { timeout: 10_000 }).toBe('yes');
  await writeInPast('c.txt');
  expect(await history.record()).toMatchObject({ files: 4, changedFiles: 1 });
});

it('goes on with what another server has recorded in the same store', async () => {
  await using opened = await openHistory();
  const { history, other, write, list } = opened;
  await write({ 'a.txt': 'one\n' });
  const first = await history.record();
  other.reread();
  await write({ 'a.txt': 'two\n' });
  const second = await other.record();
  expect(second).toMatchObject({ before: first.id, changedFiles: 1 });
  history.reread();
  expect(await history.record()).toMatchObject({ id: second.id, before: second.id, changedFiles: 0 });
  await write({ 'b.txt': 'b\n' });
  expect(await list(second.id, (await history.record()).id)).toEqual(['a b.txt']);
});

it('leaves out what is more than the limits, and tells it', async () => {
  await using opened = await openHistory({ maxFiles: 3, maxFileBytes: 1000, maxNewBytes: 1500 });
  const { history, workspace, store, write } = opened;
  await write(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x'.repeat(100)])));
  expect(await history.record()).toMatchObject({ files: 3, leftOut: { count: 2, paths: ['d', 'e'] } });
  await write({ a: 'x'.repeat(1001) });
  // Its place is free.
  expect(await history.record()).toMatchObject({ files: 2, leftOut: { count: 3, paths: ['a', 'd', 'e'] } });
  await rm(join(workspace, 'a'));
  // As by a git that was killed.
  await writeFile(join(store, 'index.lock'), '');
  await expect(history.record()).rejects.toThrow(/index\.lock/);
  expect(await history.record()).toMatchObject({ files: 3, leftOut: { count: 1, paths: ['e'] } });
});

it('reads no more new names than it may record, and looks at none that has no room', async () => {
  const untracked = Array.from({ length: 30_000 }, (_, index) => Buffer.from(`? many/${index}\0`));
  const status = await parseStatus(Buffer.concat(untracked), 20_000);
  expect(status.untracked).toHaveLength(20_000);
  const limits = { maxFiles: 10, maxFileBytes: 1000, maxNewBytes: 1500 };
  // Only those that there is room for are looked at: none of these is there.
  const chosen = await chooseFiles('/nonexistent', status, { ...limits, files: 10 });
  expect(chosen.leftOut).toHaveLength(20_000);
});
