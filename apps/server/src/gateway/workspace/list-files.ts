import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

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
export async function listFiles(dir: string, now: () => number = Date.now): Promise<ListedFiles> {
  const root = await realpath(dir).catch(() => undefined);
  const paths: string[] = [];
  if (root === undefined) return { paths, truncated: false };
  const deadline = now() + MAX_MS;
  let truncated = false;
  let level = [''];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === MAX_DEPTH) return { paths, truncated: true };
    const next: string[] = [];
    for (let at = 0; at < level.length; at += WIDTH) {
      if (now() > deadline || paths.length >= MAX_FILES) return { paths: paths.slice(0, MAX_FILES), truncated: true };
      const read = await Promise.all(level.slice(at, at + WIDTH).map((folder) => readFolder(root, folder)));
      for (const { files, folders } of read) {
        paths.push(...files);
        next.push(...folders);
      }
    }
    if (next.length > MAX_FILES) truncated = true;
    level = next.slice(0, MAX_FILES);
  }
  return { paths: paths.slice(0, MAX_FILES), truncated: truncated || paths.length > MAX_FILES };
}

async function readFolder(root: string, folder: string): Promise<{ files: string[]; folders: string[] }> {
  const dir = join(root, folder);
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  // The agent may have put a link in its place since its parent was read.
  if ((await realpath(dir).catch(() => undefined)) !== dir) return { files: [], folders: [] };
  const toPath = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    files: sorted.filter((entry) => entry.isFile()).map(({ name }) => toPath(name)),
    folders: sorted.filter((entry) => entry.isDirectory() && !IGNORED.has(entry.name)).map(({ name }) => toPath(name)),
  };
}
