import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { isSystemError, openFolder, type Folder } from './folder.ts';
import { openFolderPath } from './open-path.ts';

/** Folders that are full of files nobody means. */
const IGNORED: ReadonlySet<string> = new Set(['.git', 'node_modules']);
const MAX_FILES = 20_000;
const MAX_DEPTH = 16;
const MAX_MS = 1000;
/** Folders read at once. */
const WIDTH = 16;

export interface ListedFiles {
  /** From the folder, with `/`; those in the folder itself first, then one level after the other. */
  paths: string[];
  /** True when there is more than was looked through. */
  truncated: boolean;
}

/**
 * The regular files below a folder, without following links: neither a linked file nor what is in a linked folder is
 * listed. Bounded in number, depth and time. A folder that is not there has none.
 */
export async function listFiles(dir: string, monotonicMs = () => performance.now()): Promise<ListedFiles> {
  const root = await realpath(dir).catch(() => undefined);
  const paths: string[] = [];
  if (root === undefined) return { paths, truncated: false };
  const deadline = monotonicMs() + MAX_MS;
  let truncated = false;
  let level: string[][] = [[]];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === MAX_DEPTH) return { paths, truncated: true };
    const next: string[][] = [];
    for (let at = 0; at < level.length; at += WIDTH) {
      if (monotonicMs() > deadline || paths.length >= MAX_FILES)
        return { paths: paths.slice(0, MAX_FILES), truncated: true };
      const read = await Promise.all(level.slice(at, at + WIDTH).map((names) => readFolder(root, names)));
      for (const { files, folders, cut } of read) {
        paths.push(...files);
        next.push(...folders);
        truncated ||= cut;
      }
    }
    if (next.length > MAX_FILES) truncated = true;
    level = next.slice(0, MAX_FILES);
  }
  return { paths: paths.slice(0, MAX_FILES), truncated: truncated || paths.length > MAX_FILES };
}

/** The same for a folder in another one: for a path or a link that leads out of it there are none, and nothing is looked at. */
export async function listFilesInside(dir: string, path: string): Promise<ListedFiles> {
  const opened = await openFolderPath(dir, path);
  if (opened === undefined) return { paths: [], truncated: false };
  await opened[Symbol.asyncDispose]();
  return listFiles(join(dir, opened.path));
}

interface ReadFolder {
  files: string[];
  folders: string[][];
  /** Not all of it was read. */
  cut: boolean;
}

async function readFolder(root: string, names: readonly string[]): Promise<ReadFolder> {
  const result: ReadFolder = { files: [], folders: [], cut: false };
  try {
    await using opened = new AsyncDisposableStack();
    let folder: Folder = opened.use(await openFolder(root));
    for (const name of names) folder = opened.use(await folder.openFolder(name));
    let count = 0;
    for await (const { name, kind } of folder.list()) {
      if ((count += 1) > MAX_FILES) return { ...result, cut: true };
      if (kind === 'file') result.files.push([...names, name].join('/'));
      else if (kind === 'folder' && !IGNORED.has(name)) result.folders.push([...names, name]);
    }
  } catch (error) {
    // It is gone, or the agent has put something else in its place since its parent was read.
    if (!isSystemError(error)) throw error;
  }
  result.files.sort();
  result.folders.sort((a, b) => ((a.at(-1) ?? '') < (b.at(-1) ?? '') ? -1 : 1));
  return result;
}
