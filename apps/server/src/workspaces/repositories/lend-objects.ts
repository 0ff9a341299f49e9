import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Gives a session the objects of a mirror, in a folder that it cannot write: by other names of the same files, which take no disk and stay
 * when the mirror is packed anew or removed. Copies them where the file system has no such names. The mirror must not be packed meanwhile.
 */
export async function lendObjects(gitDir: string, to: string): Promise<void> {
  const [from, into] = [join(gitDir, 'objects', 'pack'), join(to, 'pack')];
  await mkdir(join(to, 'info'), { recursive: true });
  await mkdir(into, { recursive: true });
  // Agents may have another user.
  for (const each of [to, join(to, 'info'), into]) await chmod(each, 0o755);
  const names = (await readdir(from).catch(() => [])).toSorted((one, other) => rankPack(one) - rankPack(other));
  for (const name of names) {
    if (name.startsWith('tmp_') || name.startsWith('.tmp')) continue;
    try {
      await link(join(from, name), join(into, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      await copyFile(join(from, name), join(into, name), constants.COPYFILE_FICLONE);
    }
  }
}

/** The index of a pack is last: git takes a pack for there when it has one. */
export function rankPack(name: string): number {
  return name.endsWith('.idx') ? 1 : 0;
}
