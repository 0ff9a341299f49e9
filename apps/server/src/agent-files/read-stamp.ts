import { lstat } from 'node:fs/promises';

import { toStamp } from './file-version.ts';
import { openPlace } from './open-path.ts';

/** The stamp of what is at a path below a folder, an empty path for the folder itself; null where nothing is, or outside. */
export async function readStamp(dir: string, path: string): Promise<string | null> {
  if (path === '') return stampOf(dir);
  await using place = await openPlace(dir, path, { follow: true });
  return place === undefined ? null : await stampOf(place.folder.at(place.name));
}

async function stampOf(path: string): Promise<string | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? null : toStamp(stats);
}

/** Of a folder that is an agent's: a server that is root gives it what people write there. Undefined for any other server. */
export async function findOwner(dir: string): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = await lstat(dir);
  return { uid, gid };
}
