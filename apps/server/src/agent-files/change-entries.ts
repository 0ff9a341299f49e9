import { link, lchown, lstat, mkdir, rename, rmdir, unlink } from 'node:fs/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { isSystemError, MAX_DEPTH, type FileName, type Folder } from './folder.ts';
import type { Place } from './open-path.ts';

/** @throws CspError `state_conflict` where something has that name */
export async function makeFolderAt(
  { folder, name, path }: Place,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  await mkdir(folder.at(name), { mode: 0o755 }).catch((error: unknown) => {
    throw isSystemError(error) && error.code === 'EEXIST' ? toTaken(path) : error;
  });
  if (owner) await lchown(folder.at(name), owner.uid, owner.gid);
}

/**
 * Gives a file, a folder or a link another name, and never one that is taken.
 * @throws CspError `state_conflict` where something has that name, or a folder would be moved into itself; `not_found`
 */
export async function moveEntry(from: Place, to: Place): Promise<void> {
  const found = await lstat(from.folder.at(from.name)).catch(() => undefined);
  if (found === undefined) throw new CspError('not_found', `There is no ${from.path} in the workspace`);
  if ((await lstat(to.folder.at(to.name)).catch(() => undefined)) !== undefined) throw toTaken(to.path);
  const [source, target] = [from.folder.at(from.name), to.folder.at(to.name)];
  try {
    // Between the look and the rename the agent may have taken the name: for a folder, the system itself refuses all but an
    // empty folder; for what is no folder, a second name is refused.
    if (found.isDirectory()) return await rename(source, target);
    await link(source, target);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(error.code ?? '')) throw toTaken(to.path);
    if (error.code === 'EINVAL')
      throw new CspError('state_conflict', `${from.path} cannot be moved into itself. Choose another folder`);
    throw error;
  }
  await unlink(source);
}

/**
 * Removes a file, a link or a folder with all that is in it, without following a link, while the agent may write in it.
 * False where nothing was.
 * @throws CspError `state_conflict` for a folder into which the agent goes on to write, or that is too deep
 */
export async function removeEntry({ folder, name, path }: Place): Promise<boolean> {
  const found = await lstat(folder.at(name)).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory()) await unlink(folder.at(name));
  else if (!(await removeFolder(folder, name, 0)))
    throw new CspError(
      'state_conflict',
      `Not all of ${path} could be deleted. Try again, or ask the agent to delete it`,
    );
  return true;
}

async function removeFolder(parent: Folder, name: FileName, depth: number): Promise<boolean> {
  if (depth === MAX_DEPTH) return false;
  try {
    await using folder = await parent.openFolder(name);
    for await (const entry of folder.list()) {
      if (entry.kind === 'folder') await removeFolder(folder, entry.exactName, depth + 1);
      else await unlink(folder.at(entry.exactName));
    }
    await rmdir(parent.at(name));
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function toTaken(path: string): CspError {
  return new CspError('state_conflict', `There is ${path} already. Choose another name`);
}
