import { realpath, type FileHandle } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

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
    const file = await openByNames(root, names);
    return file && { file, path: names.join('/') };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

async function openByNames(root: string, names: readonly string[]): Promise<FileHandle | undefined> {
  await using opened = new AsyncDisposableStack();
  let folder: Folder = opened.use(await openFolder(root));
  for (const name of names.slice(0, -1)) folder = opened.use(await folder.openFolder(name));
  // Awaited here: the folders on the way are closed when this returns.
  return await folder.openFile(names.at(-1) ?? '');
}
