import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { removeTree } from '../lib/remove-tree.ts';

/**
 * Gives this server its own folder for temporary files, empty at every start. The SDK puts transcripts of resumed
 * sessions there; in a shared folder they would stay after a kill and be visible to others.
 * @returns A function that removes the files of earlier servers. Agents can write there, so it may take long, and the
 * start does not wait for it.
 */
export async function useOwnTempDir(dataDir: string): Promise<() => Promise<void>> {
  const dir = join(dataDir, 'tmp');
  const left = join(dataDir, 'tmp-left');
  await mkdir(left, { recursive: true, mode: 0o700 });
  await rename(dir, join(left, randomUUID())).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  process.env['TMPDIR'] = dir;
  return () => removeTree(left);
}
