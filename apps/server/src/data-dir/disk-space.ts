import { statfs } from 'node:fs/promises';

import { resolvesWithin } from '../lib/within.ts';

export interface DiskSpace {
  /** For users without special rights. */
  freeBytes: number;
  sizeBytes: number;
  /** Files that can still be made, and that there can be; 0 of 0 where the file system has no such number. */
  freeInodes: number;
  inodes: number;
}

/** A network disk that hangs must not keep other figures from whoever looks for the cause. */
const PATIENCE_MS = 500;

/** The space of the disk that has `dir`; undefined where it cannot be read in time. Never rejects. */
export async function readDiskSpace(dir: string): Promise<DiskSpace | undefined> {
  let space: DiskSpace | undefined;
  const read = statfs(dir).then(
    ({ bavail, blocks, bsize, files, ffree }) => {
      space = { freeBytes: bavail * bsize, sizeBytes: blocks * bsize, freeInodes: ffree, inodes: files };
    },
    () => undefined,
  );
  await resolvesWithin(read, PATIENCE_MS);
  return space;
}
