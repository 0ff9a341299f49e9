import { copyFile, lchown, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { copyTree } from '../../agent-files/copy-tree.ts';
import { openFolder, type Folder } from '../../agent-files/folder.ts';
import { giveTree } from '../../agent-files/give-tree.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import { toPlacingDir } from '../session-dirs.ts';

export interface PlaceOptions {
  /** The folder of the workspace, which an agent can write. */
  workspaceDir: string;
  /** Relative to it, with `/`; empty for the workspace itself. */
  mountPath: string;
  /** Of folders that are made above it. */
  owner: { uid: number; gid: number } | undefined;
}

/**
 * Moves a folder or a file into a workspace; no link is followed out of it. Into the workspace itself it moves what is in the folder. From another
 * disk it is copied first.
 * @throws CspError `state_conflict` where something of the name is there
 */
export async function placeTree(from: string, options: PlaceOptions): Promise<void> {
  try {
    await move(from, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const near = toPlacingDir({ workspace: options.workspaceDir });
    // Of a server that was killed.
    await removeTree(near);
    try {
      await copyNear(from, near, options.owner);
      await move(near, options);
    } finally {
      await removeTree(near);
    }
  }
}

async function copyNear(from: string, near: string, owner: PlaceOptions['owner']): Promise<void> {
  const found = await lstat(from);
  if (found.isDirectory()) {
    await mkdir(near, { mode: found.mode });
    await copyTree(from, near);
    if (owner) await giveTree(near, owner);
  } else {
    await copyFile(from, near);
    if (owner) await lchown(near, owner.uid, owner.gid);
  }
}

async function move(from: string, { workspaceDir, mountPath, owner }: PlaceOptions): Promise<void> {
  await using workspace = await openFolder(workspaceDir);
  if (mountPath === '') return await placeContent(from, workspace);
  const parts = mountPath.split('/');
  const name = parts.pop() ?? '';
  await using stack = new AsyncDisposableStack();
  let parent: Folder = workspace;
  for (const part of parts) {
    const isNew = await mkdir(parent.at(part), { mode: 0o755 }).then(
      () => true,
      () => false,
    );
    if (isNew && owner) await lchown(parent.at(part), owner.uid, owner.gid);
    parent = stack.use(
      await parent.openFolder(part).catch(() => {
        throw toTaken(mountPath);
      }),
    );
  }
  // A file would replace another one.
  if (!(await lstat(from)).isDirectory() && (await isThere(parent, name))) throw toTaken(mountPath);
  await rename(from, parent.at(name)).catch((error: unknown) => {
    throw isTaken(error) ? toTaken(mountPath) : error;
  });
}

async function placeContent(from: string, workspace: Folder): Promise<void> {
  const names = await readdir(from);
  for (const name of names) {
    if (await isThere(workspace, name)) throw toTaken(name);
  }
  // Last: with it the folder is a repository.
  for (const name of names.toSorted((one, other) => rank(one) - rank(other)))
    await rename(join(from, name), workspace.at(name));
}

function isThere(folder: Folder, name: string): Promise<boolean> {
  return lstat(folder.at(name)).then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR';
}

function toTaken(path: string): CspError {
  return new CspError('state_conflict', `The workspace has a ${path} already. Choose another mount_path, or remove it`);
}

function rank(name: string): number {
  return name === '.git' ? 1 : 0;
}
