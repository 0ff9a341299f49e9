import { stat, statfs } from 'node:fs/promises';

import type { ProcessTree } from './build-trees.ts';

/** Of statfs(2). */
const TMPFS_MAGIC = 0x01_02_19_94;
/** Folders of a sandbox that are in memory. */
const PATHS = ['tmp', 'dev/shm'];
/** The sandbox and the CLI come first in a tree; what they start has the same folders. */
const MAX_PROCESSES = 6;

export interface TmpfsUse {
  bytes: number;
  /** On which these are, each counted whole. */
  devices: ReadonlySet<number>;
}

/**
 * The bytes that a tree holds in its in-memory folders. No process maps them, so nothing else counts them. Read
 * through /proc. Folders of the host itself, which are all folders without a sandbox, do not count.
 */
export async function readTmpfs(tree: Pick<ProcessTree, 'processes'>): Promise<TmpfsUse> {
  const seen = new Set<number>(await Promise.all(PATHS.map((path) => findDevice(`/${path}`))));
  const devices = new Set<number>();
  let bytes = 0;
  for (const { pid } of tree.processes.slice(0, MAX_PROCESSES)) {
    for (const path of PATHS) {
      const inside = `/proc/${pid}/root/${path}`;
      const device = await findDevice(inside);
      if (seen.has(device)) continue;
      seen.add(device);
      const used = await statfs(inside).catch(() => undefined);
      if (used?.type !== TMPFS_MAGIC) continue;
      devices.add(device);
      bytes += (used.blocks - used.bfree) * used.bsize;
    }
  }
  return { bytes, devices };
}

/** -1 for what is not there or may not be seen. */
async function findDevice(path: string): Promise<number> {
  return stat(path).then(
    ({ dev }) => dev,
    () => -1,
  );
}
