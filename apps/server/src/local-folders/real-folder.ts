import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, normalize } from 'node:path';

/** Where an absolute path leads, with all links followed; undefined for what is no folder, or cannot be looked at. */
export async function findRealFolder(path: string): Promise<string | undefined> {
  if (!isAbsolute(path) || path.includes('\0')) return undefined;
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** The path without `.`, `..` and slashes at its end; no link is followed. */
export function toPlainPath(path: string): string {
  return normalize(path).replace(/(?<=.)\/+$/, '');
}
