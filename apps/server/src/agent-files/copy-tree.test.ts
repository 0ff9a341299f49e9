import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  link,
  mkdir,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { copyTree } from './copy-tree.ts';
import { measureFolders } from './measure-folders.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

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

it('copies names that are not UTF-8, and where links of such names lead', async () => {
  await using source = await createWorkspaceDir();
  await using target = await createWorkspaceDir();
  const [from, to] = [source.path, target.path];
  const odd = (dir: string, ...parts: string[]) =>
    Buffer.concat([Buffer.from(`${dir}/`), ...parts.map((part) => Buffer.from(part, 'latin1'))]);
  await mkdir(odd(from, 'd\xff'));
  await writeFile(odd(from, 'd\xff/', 'b\xfe'), 'kept');
  await link(odd(from, 'd\xff/', 'b\xfe'), odd(from, 'again'));
  await symlink(Buffer.from('d\xff/b\xfe', 'latin1'), odd(from, 'link\xff'));
  expect(await copyTree(from, to)).toEqual({ leftOut: [], leftOutCount: 0 });
  expect(await readFile(odd(to, 'd\xff/', 'b\xfe'), 'utf8')).toBe('kept');
  expect(await readFile(odd(to, 'link\xff'), 'utf8')).toBe('kept');
  expect(await readFile(odd(to, 'again'), 'utf8')).toBe('kept');
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

it('leaves out a file larger than all may be, holes included', async () => {
  await using from = await createWorkspaceDir({ small: 'kept', 'sub/hole': '' });
  await using to = await createWorkspaceDir();
  await truncate(join(from.path, 'sub/hole'), 900 * 1024 * 1024 * 1024);
  expect(await copyTree(from.path, to.path, { maxBytes: MIB })).toEqual({ leftOut: ['sub/hole'], leftOutCount: 1 });
  expect(await readFile(join(to.path, 'small'), 'utf8')).toBe('kept');
});

it('keeps holes and the names of one file, so that the copy takes no more than its source', async () => {
  await using from = await createWorkspaceDir({ sparse: 'begin', 'a/one': 'x'.repeat(2 * MIB) });
  await using to = await createWorkspaceDir();
  const sparse = join(from.path, 'sparse');
  await truncate(sparse, 64 * MIB);
  await appendFile(sparse, 'middle');
  await truncate(sparse, 128 * MIB);
  for (const name of ['two', 'three', 'a/four']) await link(join(from.path, 'a/one'), join(from.path, name));

  await copyTree(from.path, to.path, { maxBytes: 200 * MIB });

  expect((await readFile(join(to.path, 'sparse'))).equals(await readFile(sparse))).toBe(true);
  const names = ['a/one', 'two', 'three', 'a/four'];
  const copies = await Promise.all(names.map((name) => stat(join(to.path, name))));
  expect(copies.map(({ nlink, size }) => ({ nlink, size }))).toEqual(names.map(() => ({ nlink: 4, size: 2 * MIB })));
  expect(new Set(copies.map(({ ino }) => ino)).size).toBe(1);
  const source = await measureFolders([from.path], never);
  expect((await measureFolders([to.path], never))?.bytes).toBeLessThanOrEqual(source?.bytes ?? 0);
});

it('stops at what it may write', async () => {
  await using from = await createWorkspaceDir({ a: 'x'.repeat(MIB), b: 'x'.repeat(MIB), c: 'x'.repeat(MIB) });
  await using to = await createWorkspaceDir();
  await expect(copyTree(from.path, to.path, { maxBytes: 2 * MIB })).rejects.toMatchObject({ code: 'quota_exceeded' });
  expect((await measureFolders([to.path], never))?.bytes).toBeLessThan(3 * MIB);
});

it('stops reading holes without end', async () => {
  await using from = await createWorkspaceDir();
  await using to = await createWorkspaceDir();
  for (let n = 0; n < 6; n += 1) {
    await writeFile(join(from.path, `${n}`), '');
    await truncate(join(from.path, `${n}`), MIB);
  }
  await expect(copyTree(from.path, to.path, { maxBytes: MIB })).rejects.toMatchObject({ code: 'quota_exceeded' });
});

it('stops once the copy is not wanted any more', async () => {
  await using from = await createWorkspaceDir({ hole: '' });
  await using to = await createWorkspaceDir();
  await truncate(join(from.path, 'hole'), 256 * MIB);
  const assertWanted = () => Promise.reject(new Error('not wanted'));
  await expect(copyTree(from.path, to.path, { assertWanted })).rejects.toThrow('not wanted');
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

it('goes on where links are removed while it copies', async () => {
  await using from = await createWorkspaceDir();
  await using to = await createWorkspaceDir();
  const links = Array.from({ length: 25 }, (_, index) => `link${index}`);
  const makeHole = async (name: string) => {
    await writeFile(join(from.path, name), '');
    await truncate(join(from.path, name), 80 * 1024 * 1024);
  };
  // Whatever the order in which they are listed: links come after one of them.
  await makeHole('first');
  for (const name of links) await symlink('/nowhere', join(from.path, name));
  await makeHole('last');
  const assertWanted = async () => {
    for (const name of links) await rm(join(from.path, name), { force: true });
  };
  const { leftOutCount } = await copyTree(from.path, to.path, { assertWanted });
  expect(await readdir(to.path)).toHaveLength(links.length + 2 - leftOutCount);
  expect(await readdir(to.path)).toEqual(expect.arrayContaining(['first', 'last']));
});
