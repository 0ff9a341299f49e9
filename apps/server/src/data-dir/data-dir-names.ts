import { realpath } from 'node:fs/promises';

/** The data directory by its configured name, and by the one that its processes see where there is a link on the way. */
export async function findDataDirNames(dataDir: string): Promise<string[]> {
  return [dataDir, await realpath(dataDir)];
}
