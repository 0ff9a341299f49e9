import { lchown, rename, stat } from 'node:fs/promises';

import { isSystemError, openFolder } from './folder.ts';
import { giveTree } from './give-tree.ts';

/**
 * Moves what is in a folder into another one of the same file system, and to its owner. A name that is taken there stays
 * where it is. Does nothing where the first is missing or empty.
 */
export async function moveContent(from: string, to: string): Promise<void> {
  try {
    await using source = await openFolder(from);
    await using target = await openFolder(to);
    const { uid, gid } = await stat(to);
    const isRoot = process.getuid?.() === 0;
    const taken = new Set<string>();
    for await (const { name } of target.list()) taken.add(name);
    for await (const { name, exactName, kind } of source.list()) {
      if (taken.has(name)) continue;
      const moved = target.at(exactName);
      await rename(source.at(exactName), moved);
      if (!isRoot) continue;
      if (kind === 'folder') await giveTree(moved, { uid, gid });
      else await lchown(moved, uid, gid);
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
