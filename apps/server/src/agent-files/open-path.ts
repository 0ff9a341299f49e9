import { lstat, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';

import { isSystemError, openFolder, type Folder } from './folder.ts';

export interface OpenedFile {
  file: FileHandle;
  /** From the folder, with `/`, without links. */
  path: string;
}

/**
 * Opens a regular file of a folder by its relative path. Links that stay inside are resolved before it is opened, and
 * none while it is. Undefined when there is no such file, or the path leads out of the folder: the caller learns
 * nothing about files outside.
 */
export async function openPath(dir: string, path: string): Promise<OpenedFile | undefined> {
  try {
    const root = await realpath(dir);
    const real = await realpath(resolve(root, path));
    if (!real.startsWith(root + sep)) return undefined;
    const names = relative(root, real).split(sep);
    await using place = await openNames(root, names.slice(0, -1));
    const file = await place.folder.openFile(names.at(-1) ?? '');
    return file && { file, path: names.join('/') };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

export interface OpenedFolder extends AsyncDisposable {
  folder: Folder;
  /** From the root, with `/`, without links; empty for the root itself. */
  path: string;
}

/** Opens a folder below a folder in the same way; an empty path is the folder itself. */
export async function openFolderPath(dir: string, path: string): Promise<OpenedFolder | undefined> {
  try {
    const root = await realpath(dir);
    const real = await realpath(resolve(root, path));
    if (real !== root && !real.startsWith(root + sep)) return undefined;
    const names = relative(root, real).split(sep).filter(Boolean);
    return await openNames(root, names);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** A name in an open folder, whether something has that name or not. */
export interface Place extends AsyncDisposable {
  folder: Folder;
  name: string;
  path: string;
}

/**
 * Finds where a path leads that somebody writes to, replaces or removes. `follow` goes on from a link that leads to what
 * is inside; without it a link is the place itself. Undefined where the parent folder is missing or outside, for the
 * folder itself, and for a link that leads out or nowhere.
 */
export async function openPlace(
  dir: string,
  path: string,
  { follow }: { follow: boolean },
): Promise<Place | undefined> {
  try {
    const root = await realpath(dir);
    const wanted = resolve(root, path);
    const real = follow ? await findTarget(wanted) : undefined;
    const parent = await realpath(dirname(real ?? wanted));
    if (parent !== root && !parent.startsWith(root + sep)) return undefined;
    if (wanted === root || real === root) return undefined;
    const name = basename(real ?? wanted);
    if (name.includes('\0')) return undefined;
    const opened = await openNames(root, relative(root, parent).split(sep).filter(Boolean));
    return {
      ...{ folder: opened.folder, name, path: opened.path === '' ? name : `${opened.path}/${name}` },
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** The real path of what is there; undefined where nothing is. @throws for a link that leads nowhere. */
async function findTarget(path: string): Promise<string | undefined> {
  const isThere = await lstat(path).catch(() => undefined);
  return isThere === undefined ? undefined : realpath(path);
}

async function openNames(root: string, names: readonly string[]): Promise<OpenedFolder> {
  await using opened = new AsyncDisposableStack();
  let folder: Folder = opened.use(await openFolder(root));
  for (const name of names) folder = opened.use(await folder.openFolder(name));
  const kept = opened.move();
  return { folder, path: names.join('/'), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
