import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { removeTree } from '../../lib/remove-tree.ts';
import type { GitFolderOptions } from './git-folder.ts';
import type { RefreshedMirror } from './mirror.ts';
import type { Remote } from './remote.ts';

/** A work tree that no session has yet. */
export interface ReadyTree {
  /** Absolute; with its `.git`. */
  tree: string;
  /** Whose files it has. */
  commit: string;
}

export interface ReadyTreesDeps {
  writeTree(tree: string, folder: GitFolderOptions): Promise<void>;
  checkOut(tree: string, gitDir: string, signal: AbortSignal): Promise<void>;
}

/** Work trees that are checked out ahead, one for each repository: writing the files is what takes the time. */
export interface ReadyTrees {
  /**
   * Gives away the tree of a mirror; undefined where there is none. It is the caller's to move or to remove. Waits for one that is
   * being made, unless another caller does: two checkouts beside each other take longer than one after the other.
   * @throws the reason of the signal once that aborts
   */
  take(root: string, options: { signal: AbortSignal; onWait(): void }): Promise<ReadyTree | undefined>;
  /** Makes one for the next session, in a while; does nothing where there is one of this commit. */
  prepare(
    root: string,
    options: RefreshedMirror & { remote: Remote; gitDir: string; commit: string; signal: AbortSignal },
  ): Promise<void>;
}

/** Each takes as much disk as the files of its repository. */
const MAX_TREES = 4;
/** The session that has just begun needs the processors more. */
const WAIT_MS = 1000;

interface Preparation {
  /** Whether a session waits for the tree. */
  isAwaited: boolean;
  /** Begins at once. */
  hurry: AbortController;
  /** Also where it has failed, once what it left is gone. */
  ended: Promise<void>;
}

export function createReadyTrees({ writeTree, checkOut }: ReadyTreesDeps): ReadyTrees {
  /** By the folder of the mirror, the one used last at the end. */
  const trees = new Map<string, ReadyTree>();
  const preparing = new Map<string, Preparation>();

  return {
    async take(root, { signal, onWait }) {
      const underWay = preparing.get(root);
      if (!trees.has(root) && underWay !== undefined && !underWay.isAwaited) {
        underWay.isAwaited = true;
        underWay.hurry.abort();
        onWait();
        try {
          await untilAborted(underWay.ended, signal);
        } finally {
          underWay.isAwaited = false;
        }
      }
      const found = trees.get(root);
      trees.delete(root);
      return found;
    },

    async prepare(root, { gitDir, signal, ...options }) {
      const { commit } = options;
      if (preparing.has(root) || trees.get(root)?.commit === commit) return;
      const ended = Promise.withResolvers<void>();
      const hurry = new AbortController();
      preparing.set(root, { isAwaited: false, hurry, ended: ended.promise });
      const tree = join(root, 'trees', randomUUID());
      let before: ReadyTree | undefined;
      try {
        await delay(WAIT_MS, undefined, { signal: AbortSignal.any([signal, hurry.signal]), ref: false }).catch(
          () => undefined,
        );
        signal.throwIfAborted();
        const folder = { ...options, branch: undefined, author: undefined, subfolder: undefined };
        await writeTree(tree, { ...folder, alternates: join(gitDir, 'objects') });
        await checkOut(tree, gitDir, signal);
        before = trees.get(root);
        trees.delete(root);
        trees.set(root, { tree, commit });
      } catch (error) {
        await removeTree(tree);
        throw error;
      } finally {
        preparing.delete(root);
        ended.resolve();
      }
      if (before) await removeTree(before.tree);
      const [oldest] = trees;
      if (trees.size <= MAX_TREES || oldest === undefined) return;
      trees.delete(oldest[0]);
      await removeTree(oldest[1].tree);
    },
  };
}

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
