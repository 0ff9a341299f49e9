import { lchown, readlink, rm, symlink } from 'node:fs/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { openPlace } from '../../agent-files/open-path.ts';

/** By which an agent finds a folder of the machine. */
export interface FolderLink {
  workspaceDir: string;
  /** Relative to it, with `/`; not empty. */
  mountPath: string;
  /** Absolute. */
  path: string;
}

/** Makes the link where nothing is of its name. @throws CspError `state_conflict` where something else is */
export async function linkFolder(
  { workspaceDir, mountPath, path }: FolderLink,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  await using place = await openPlace(workspaceDir, mountPath, { follow: false });
  if (place === undefined)
    throw new CspError('state_conflict', `The workspace has no folder for ${mountPath}. Choose another mount_path`);
  const address = place.folder.at(place.name);
  try {
    await symlink(path, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((await readlink(address).catch(() => undefined)) === path) return;
    throw new CspError(
      'state_conflict',
      `The workspace has a ${mountPath} already. Choose another mount_path, or remove it`,
    );
  }
  if (owner) await lchown(address, owner.uid, owner.gid);
}

/** Removes the link if it leads there. What it leads to stays as it is. */
export async function unlinkFolder({ workspaceDir, mountPath, path }: FolderLink): Promise<void> {
  await using place = await openPlace(workspaceDir, mountPath, { follow: false });
  if (place === undefined) return;
  const address = place.folder.at(place.name);
  // `rm` without `recursive` removes no folder, and never what a link leads to.
  if ((await readlink(address).catch(() => undefined)) === path) await rm(address, { force: true });
}
