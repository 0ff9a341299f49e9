import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** PATH of what prepares a sandbox: the system's folders. */
export const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const found = new Map<string, string>();

/**
 * The absolute path of a program that the server itself starts, looked up once in the system's folders. No PATH that
 * belongs to somebody else decides it. Where there is none, a path that does not exist.
 */
export function findSystemProgram(name: 'bwrap' | 'setpriv'): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = SYSTEM_PATH.split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  // What is missing may be installed later.
  if (path !== undefined) found.set(name, path);
  return path ?? join('/usr/bin', name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
