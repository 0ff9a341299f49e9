import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openFolder } from './folder.ts';

it('opens regular files alone: no pipe, no socket, no link, no folder, and waits for none', async () => {
  await using dir = await createWorkspaceDir({ file: 'text', 'folder/inner': 'text' });
  await promisify(execFile)('mkfifo', [join(dir.path, 'pipe')]);
  await symlink(join(dir.path, 'file'), join(dir.path, 'link'));
  const socket = createServer().listen(join(dir.path, 'socket'));
  await once(socket, 'listening');
  await using folder = await openFolder(dir.path);
  const tried = await Promise.all(
    ['file', 'folder', 'pipe', 'link', 'socket'].map(async (name) => {
      const opened = await folder.openFile(name).catch(() => undefined);
      await opened?.close();
      return [name, opened !== undefined];
    }),
  );
  socket.close();
  expect(Object.fromEntries(tried)).toEqual({ file: true, folder: false, pipe: false, link: false, socket: false });
});

it('opens no folder through a link', async () => {
  await using dir = await createWorkspaceDir({ 'folder/inner': 'text' });
  await symlink(join(dir.path, 'folder'), join(dir.path, 'link'));
  await using folder = await openFolder(dir.path);
  await expect(folder.openFolder('link')).rejects.toThrow();
  await expect(openFolder(join(dir.path, 'link'))).rejects.toThrow();
});

it('stays in the folder that it has opened when a link is put in its place', async () => {
  await using dir = await createWorkspaceDir({ 'mine/file': 'mine', 'other/file': 'other' });
  await using folder = await openFolder(join(dir.path, 'mine'));
  await promisify(execFile)('mv', [join(dir.path, 'mine'), join(dir.path, 'moved')]);
  await symlink(join(dir.path, 'other'), join(dir.path, 'mine'));
  await using file = await folder.openFile('file');
  expect(await file?.readFile('utf8')).toBe('mine');
});

it('says of each entry what it is', async () => {
  await using dir = await createWorkspaceDir({ file: 'text' });
  await mkdir(join(dir.path, 'folder'));
  await symlink('nowhere', join(dir.path, 'link'));
  await writeFile(join(dir.path, 'other file'), '');
  await promisify(execFile)('mkfifo', [join(dir.path, 'pipe')]);
  await using folder = await openFolder(dir.path);
  const kinds = new Map<string, string>();
  for await (const { name, kind } of folder.list()) kinds.set(name, kind);
  expect(Object.fromEntries(kinds)).toEqual({
    ...{ file: 'file', folder: 'folder', link: 'link', 'other file': 'file', pipe: 'other' },
  });
});
