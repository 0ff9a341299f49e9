import { chmod, mkdir, mkdtemp, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeTree } from '../../lib/remove-tree.ts';
import { syncDir } from '../../lib/sync-dir.ts';

/** A folder in which content is put together. Disposing of it removes what was not published. */
export interface StagingFolder extends AsyncDisposable {
  readonly path: string;
}

/** Where the content of plugins is, each version in a folder of its own that is named for its digest. */
export interface ContentStore {
  toDir(content: { name: string; digest: string }): string;
  stage(): Promise<StagingFolder>;
  /** Makes a staged folder a version of a plugin, in one step. */
  publish(staged: string, content: { name: string; digest: string }): Promise<void>;
  has(content: { name: string; digest: string }): Promise<boolean>;
  remove(content: { name: string; digest: string }): Promise<void>;
  /** Removes every version but those of `keep`, as `name/digest`. */
  sweep(keep: ReadonlySet<string>): Promise<void>;
}

/**
 * The content of plugins in a folder of the data directory. What is staged is in the server's own folder for temporary
 * files, which must be on the same file system.
 */
export function createContentStore(dir: string): ContentStore {
  const toDir = ({ name, digest }: { name: string; digest: string }) => join(dir, name, digest);
  return {
    toDir,

    async stage() {
      const path = await mkdtemp(join(tmpdir(), 'plugin-'));
      return { path, [Symbol.asyncDispose]: () => removeTree(path) };
    },

    async publish(staged, content) {
      const target = toDir(content);
      await mkdir(join(dir, content.name), { recursive: true, mode: 0o700 });
      // Agents, which may be another user, read it.
      await chmod(staged, 0o755);
      try {
        await rename(staged, target);
      } catch (error) {
        // The same content is there already.
        if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        return;
      }
      await syncDir(join(dir, content.name));
    },

    async has(content) {
      const found = await stat(toDir(content)).catch(() => undefined);
      return found?.isDirectory() === true;
    },

    async remove(content) {
      await removeTree(toDir(content));
      // Other versions may be there.
      await rmdir(join(dir, content.name)).catch(() => undefined);
    },

    async sweep(keep) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      for (const name of await readdir(dir)) {
        const digests = await readdir(join(dir, name)).catch(() => []);
        const left = digests.filter((digest) => !keep.has(`${name}/${digest}`));
        for (const digest of left) await removeTree(join(dir, name, digest));
        if (left.length === digests.length) await removeTree(join(dir, name));
      }
    },
  };
}
