import { lchown, stat } from 'node:fs/promises';

import { isSystemError, MAX_DEPTH, openFolder, type FileName, type Folder } from './folder.ts';

/** Makes a user the owner of a folder with all that is in it; what belongs to it already is not walked again. */
export async function giveTree(path: FileName, owner: { uid: number; gid: number }): Promise<void> {
  if ((await stat(path)).uid === owner.uid) return;
  await using folder = await openFolder(path);
  await giveContent(folder, owner, 0);
  // Last, so that a walk that was cut is done again.
  await lchown(path, owner.uid, owner.gid);
}

async function giveContent(folder: Folder, owner: { uid: number; gid: number }, depth: number): Promise<void> {
  for await (const { exactName, kind } of folder.list()) {
    await lchown(folder.at(exactName), owner.uid, owner.gid);
    if (kind !== 'folder' || depth === MAX_DEPTH) continue;
    try {
      await using inner = await folder.openFolder(exactName);
      await giveContent(inner, owner, depth + 1);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}
