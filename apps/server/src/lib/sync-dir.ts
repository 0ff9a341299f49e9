import { open } from 'node:fs/promises';

/** Resolves when the names in a folder, such as a file that was just renamed, are on the disk. */
export async function syncDir(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}
