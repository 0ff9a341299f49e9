import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { isWithin } from '../../lib/is-within.ts';
import type { TakeInDeps } from './fetched.ts';

/** Views of processes and devices: they lead to anything that the server has open. */
const SYSTEM_DIRS = ['/proc', '/sys', '/dev'];

export interface FoundSource {
  /** Without links. */
  path: string;
  /** As it was given. */
  name: string;
  isFile: boolean;
}

/**
 * Finds a folder or file of the server that is named as a source, wherever links on its path lead.
 * @throws CspError `invalid_request` for what is not there, and for files of the server itself and of the system.
 */
export async function findSource(
  given: string,
  { ownDirs, pluginDirs }: Pick<TakeInDeps, 'ownDirs' | 'pluginDirs'>,
): Promise<FoundSource> {
  if (!isAbsolute(given)) throw toBadPath('is not absolute');
  const named = resolve(given);
  const path = await toReal(named);
  if (SYSTEM_DIRS.some((dir) => isWithin(dir, named) || isWithin(dir, path)))
    throw toBadPath('is in a folder of the system');
  const [own, places] = await Promise.all([ownDirs, pluginDirs].map((dirs) => Promise.all(dirs.map(toReal))));
  const isClosed = (dir: string): boolean => {
    // A place for plugins that is around the data directory opens nothing of it.
    const isInPlace = places?.some((place) => place !== dir && isWithin(dir, place) && isWithin(place, path));
    return isWithin(path, dir) || (isWithin(dir, path) && isInPlace !== true);
  };
  if (own?.some(isClosed)) throw toBadPath('is the data directory of the server, in it or around it');
  const found = await stat(path).catch(() => undefined);
  const source = { path, name: basename(named) };
  if (found?.isDirectory() === true) return { ...source, isFile: false };
  if (found?.isFile() === true && path.endsWith('.json')) return { ...source, isFile: true };
  if (found === undefined && !(await isThere(path))) throw toBadPath(`does not exist on the server: ${path}`);
  throw toBadPath('is no folder and no .mcp.json that the server can read');
}

/** False only for what is certainly not there: what may not be looked at is another thing. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Without links, also where the end of the path is not there. */
async function toReal(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await toReal(parent), basename(path));
  }
}

function toBadPath(problem: string): CspError {
  return new CspError('invalid_request', `The path of the source ${problem}`, { details: { field: 'source.path' } });
}
