import { chmod, mkdir, mkdtemp, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeTree } from '../../lib/remove-tree.ts';
import { syncDir } from '../../lib/sync-dir.ts';

/** A folder in which content is put together. Disposing of it removes what was not published. */
export interface StagingFolder extends AsyncDisposable {
  readonly path: string;
}

/** One version of a plugin. */
export interface ContentId {
  name: string;
  digest: string;
}

/** Where the content of plugins is, each version in a folder of its own that is named for its digest. */
export interface ContentStore {
  toDir(content: ContentId): string;
  stage(): Promise<StagingFolder>;
  /** Makes a staged folder a version of a plugin, in one step. */
  publish(staged: string, content: ContentId): Promise<void>;
  has(content: ContentId): Promise<boolean>;
  list(): Promise<ContentId[]>;
  /** With the folders that were made from it. It is there in full until it is gone. */
  remove(content: ContentId): Promise<void>;
  /** Removes every version but those of `keep`, as `toContentKey` says them, and all folders that were made from any. */
  sweep(keep: ReadonlySet<string>): Promise<void>;
}

/** One text for one version of a plugin. */
export function toContentKey({ name, digest }: ContentId): string {
  return `${name}/${digest}`;
}

/**
 * The content of plugins in a folder of the data directory. What is staged is in the server's own folder for temporary
 * files, which must be on the same file system.
 */
export function createContentStore(dir: string): ContentStore {
  const toDir = ({ name, digest }: ContentId) => join(dir, name, digest);
  const listFolders = (name: string) => readdir(join(dir, name)).catch(() => []);
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

    async list() {
      const found: ContentId[] = [];
      for (const name of await readdir(dir).catch(() => []))
        for (const digest of await listFolders(name)) if (!digest.includes('.')) found.push({ name, digest });
      return found;
    },

    async remove({ name, digest }) {
      const made = (await listFolders(name)).filter((each) => each.startsWith(`${digest}.`));
      for (const folder of [...made, digest]) await removeAtOnce(join(dir, name, folder));
      // Other versions may be there.
      await rmdir(join(dir, name)).catch(() => undefined);
    },

    async sweep(keep) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      for (const name of await readdir(dir)) {
        const digests = await listFolders(name);
        const left = digests.filter((digest) => !keep.has(toContentKey({ name, digest })));
        for (const digest of left) await removeAtOnce(join(dir, name, digest));
        if (left.length === digests.length) await removeTree(join(dir, name));
      }
    },
  };
}

/** Moves it away first, so that a server that is killed meanwhile leaves nothing that looks whole. */
async function removeAtOnce(path: string): Promise<void> {
  const away = await mkdtemp(join(tmpdir(), 'plugin-'));
  await rename(path, join(away, 'content')).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await removeTree(away);
}
