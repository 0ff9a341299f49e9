import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createServerGit, isAtLimit } from './run-git.ts';

const path = process.env['PATH'] ?? '';
const git = createServerGit({ path });

/** A folder with a bare repository in it. */
async function openRepository() {
  const dir = await createWorkspaceDir();
  const gitDir = join(dir.path, 'mirror.git');
  await git.read(['init', '--bare', '--quiet', '--template=', gitDir]);
  return { path: dir.path, gitDir, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

it('takes no settings of the machine, runs no hook and shows its settings to nobody', async () => {
  await using repository = await openRepository();
  const { path: dir, gitDir } = repository;
  await writeFile(join(dir, '.gitconfig'), '[user]\n\tname = somebody\n[alias]\n\tgone = rev-parse\n');
  await mkdir(join(gitDir, 'hooks'), { recursive: true });
  await writeFile(join(gitDir, 'hooks', 'reference-transaction'), '#!/bin/sh\ntouch "$PWD/ran"\n', { mode: 0o755 });
  const tree = (await git.read(['mktree'], { gitDir, input: '' })).toString().trim();
  const env = { HOME: dir, GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const commit = await git.read(['commit-tree', tree, '-m', 'first'], { gitDir, env: { ...env, ...committer } });
  await git.read(['update-ref', 'refs/heads/main', commit.toString().trim()], { gitDir });
  await expect(access(join(gitDir, 'ran'))).rejects.toThrow('ENOENT');
  const config = [['http.extraHeader', 'authorization: secret']] as const;
  const shown = (
    await git.read(['config', '--list', '--show-origin'], { gitDir, env: { HOME: dir }, config })
  ).toString();
  expect(shown).toContain('http.extraheader=authorization: secret');
  expect(shown).not.toMatch(/somebody|\.gitconfig|\/etc\//);
});

it('says how a command ended: by its code, late, with too much to read, stopped', async () => {
  await using repository = await openRepository();
  const { gitDir } = repository;
  expect(await git.run(['rev-parse', '--verify', '--quiet', 'HEAD'], { gitDir })).toMatchObject({
    ok: false,
    reason: 'exit',
    code: 1,
  });
  const endless = ['-c', 'alias.wait=!cat /dev/zero', 'wait'];
  expect(await git.run(endless, { gitDir, maxOutputBytes: 1000 })).toMatchObject({ reason: 'too_much' });
  const waits = ['-c', 'alias.wait=!sleep 60', 'wait'];
  expect(await git.run(waits, { gitDir, timeoutMs: 50 })).toMatchObject({ reason: 'late' });
  expect(await git.run(waits, { gitDir, signal: AbortSignal.abort() })).toMatchObject({ reason: 'stopped' });
  expect(await createServerGit({ path: '/nowhere' }).run(['version'])).toMatchObject({ reason: 'missing' });
  await expect(git.read(['rev-parse', 'gone'], { gitDir })).rejects.toThrow(/git rev-parse failed: fatal: .*gone/s);
});

it('is held to its memory, its time and the size of its files, and says so of itself', async () => {
  await using repository = await openRepository();
  const { gitDir } = repository;
  const bounded = createServerGit({
    path,
    limits: { maxDataBytes: 64 * 1024 ** 2, maxFileBytes: 1024, maxCpuSeconds: 60 },
  });
  const limits = ['-c', 'alias.x=!ulimit -d; ulimit -f; ulimit -t', 'x'];
  expect((await bounded.read(limits)).toString().trim().split('\n')).toEqual(['65536', '2', '60']);
  const tooMuch = await bounded.run(['hash-object', '-w', '-t', 'commit', '--literally', '--stdin'], {
    ...{ gitDir, input: Buffer.alloc(80 * 1024 ** 2, 'x') },
  });
  expect(tooMuch.ok ? undefined : isAtLimit(tooMuch)).toBe(true);
  const gone = await bounded.run(['rev-parse', '--verify', 'gone'], { gitDir });
  expect(gone.ok ? undefined : isAtLimit(gone)).toBe(false);
});

it('speaks only the protocols that are named', async () => {
  await using repository = await openRepository();
  const { gitDir } = repository;
  const url = `file://${gitDir}`;
  expect(await git.run(['ls-remote', '--', url])).toMatchObject({
    ok: false,
    stderr: expect.stringContaining("transport 'file' not allowed"),
  });
  expect(await git.run(['ls-remote', '--', url], { protocols: ['file'] })).toMatchObject({ ok: true });
  expect(await git.run(['ls-remote', '--', 'ext::touch ran'], { protocols: ['file'] })).toMatchObject({ ok: false });
});
