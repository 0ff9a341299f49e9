import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

import { isSystemError } from './folder.ts';

/**
 * What an entry of a folder that an agent can write is now, by its path in bytes; undefined where there is none, or it cannot be
 * seen. It may be another one at the next moment: nothing is opened by it.
 */
export async function findStats(dir: string, path: Buffer): Promise<Stats | undefined> {
  try {
    return await lstat(Buffer.concat([Buffer.from(`${dir}/`), path]));
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
