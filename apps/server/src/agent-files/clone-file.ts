import { constants } from 'node:fs';
import { chmod, copyFile, rm } from 'node:fs/promises';

import type { CopyCounter, CopySource } from './copy-file.ts';
import type { FileName } from './folder.ts';

const BLOCK_UNIT_BYTES = 512;

/**
 * Makes a new file that shares the blocks of an open one, on file systems such as Btrfs and XFS: it takes no time and no disk until one of them
 * is changed. False where the file system cannot, and then there is no new file.
 */
export async function cloneFile(
  { file, mode, blocks }: Pick<CopySource, 'file' | 'mode'> & { blocks: number },
  to: FileName,
  counter: CopyCounter,
): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  // It counts as what it takes once it is changed.
  counter.onWrite(blocks * BLOCK_UNIT_BYTES);
  try {
    await copyFile(`/proc/self/fd/${file.fd}`, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(to, { force: true });
    counter.onWrite(-blocks * BLOCK_UNIT_BYTES);
    return false;
  }
  await chmod(to, mode & 0o777);
  return true;
}
