import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** The files of a plugin, seen from its own folder. */
export interface PluginFiles {
  /** With `/`, sorted. */
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** Undefined for a file that is larger than what anybody writes by hand. */
  read(path: string): Promise<Buffer | undefined>;
  /** The same files, seen from a folder in it. */
  within(folder: string): PluginFiles;
}

/** As the CLI reads manifests (2.1.332): 1 MiB. */
const MAX_READ_BYTES = 1024 * 1024;

/** @param paths All files in `dir`, with `/`. */
export function createPluginFiles(dir: string, paths: readonly string[]): PluginFiles {
  const sorted = paths.toSorted();
  const known = new Set(sorted);
  return {
    paths: sorted,
    has: (path) => known.has(posix.normalize(path)),
    async read(path) {
      await using file = await open(join(dir, path), 'r');
      if ((await file.stat()).size > MAX_READ_BYTES) return undefined;
      return file.readFile();
    },
    within(folder) {
      const start = toStart(folder);
      const inner = sorted.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
      return createPluginFiles(join(dir, folder), inner);
    },
  };
}

/** What paths in a folder begin with, as manifests name the folder: `./skills/`, `skills` and `.` are all taken. */
export function toStart(folder: string): string {
  const normalized = posix.normalize(`./${folder}/`);
  return normalized === './' ? '' : normalized;
}
