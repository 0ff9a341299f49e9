import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { copyTree } from './copy-tree.ts';

it('copies files and links as they are', async () => {
  await using from = await createWorkspaceDir({ 'a/x': 'text', 'a/run': '#!/bin/sh' });
  await using to = await createWorkspaceDir();
  await chmod(join(from.path, 'a/run'), 0o4755);
  await mkdir(join(from.path, 'bin'));
  await symlink('../a/x', join(from.path, 'bin/tool'));
  await symlink('/nowhere/else', join(from.path, 'absolute'));

  expect(await copyTree(from.path, to.path)).toEqual({ leftOut: [], leftOutCount: 0 });

  expect(await readlink(join(to.path, 'bin/tool'))).toBe('../a/x');
  expect(await readlink(join(to.path, 'absolute'))).toBe('/nowhere/else');
  expect(await readFile(join(to.path, 'bin/tool'), 'utf8')).toBe('text');
  expect((await stat(join(to.path, 'a/run'))).mode & 0o7777).toBe(0o755);
});

it('leaves out what cannot be copied, names it, and copies the rest', async () => {
  await using from = await createWorkspaceDir({ 'sub/file': 'kept' });
  await using to = await createWorkspaceDir();
  await promisify(execFile)('mkfifo', [join(from.path, 'sub', 'pipe')]);
  const socket = createServer().listen(join(from.path, 'socket'));
  await once(socket, 'listening');
  const copied = await copyTree(from.path, to.path);
  socket.close();
  expect(copied.leftOut.toSorted()).toEqual(['socket', 'sub/pipe']);
  expect(copied.leftOutCount).toBe(2);
  expect(await readFile(join(to.path, 'sub/file'), 'utf8')).toBe('kept');
});

it('copies no more than it may, holes in files included', async () => {
  await using from = await createWorkspaceDir({ small: 'kept', 'sub/hole': '' });
  await using to = await createWorkspaceDir();
  await truncate(join(from.path, 'sub/hole'), 900 * 1024 * 1024 * 1024);
  expect(await copyTree(from.path, to.path, { maxBytes: 1024 * 1024 })).toEqual({
    leftOut: ['sub/hole'],
    leftOutCount: 1,
  });
  expect(await readFile(join(to.path, 'small'), 'utf8')).toBe('kept');
});

it('comes to an end in a folder without end, and says how much was left out', async () => {
  await using from = await createWorkspaceDir();
  await using to = await createWorkspaceDir();
  const deep = Array.from({ length: 300 }, () => 'd').join('/');
  await mkdir(join(from.path, deep), { recursive: true });
  await Promise.all(Array.from({ length: 30 }, (_, n) => promisify(execFile)('mkfifo', [join(from.path, `p${n}`)])));
  await writeFile(join(from.path, 'file'), 'kept');
  const { leftOut, leftOutCount } = await copyTree(from.path, to.path);
  expect(leftOutCount).toBe(31);
  expect(leftOut).toHaveLength(20);
  expect(await readFile(join(to.path, 'file'), 'utf8')).toBe('kept');
});
