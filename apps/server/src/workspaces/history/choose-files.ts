import type { Stats } from 'node:fs';

import { findStats } from '../../agent-files/find-stats.ts';
import type { GitPath, WorkTreeStatus } from './parse-status.ts';

/** What one workspace may have recorded. */
export interface HistoryLimits {
  /** In one state. */
  maxFiles: number;
  maxFileBytes: number;
  /** Of what is new in one state. */
  maxNewBytes: number;
}

export interface ChosenFiles {
  /** To be recorded as they are; those that are gone are recorded as gone. */
  taken: GitPath[];
  /** Recorded before, and no more. */
  dropped: GitPath[];
  /** Too large, too many, or not to be read. */
  leftOut: GitPath[];
  /** Of `taken`. */
  bytes: number;
}

const LOOKS_AT_ONCE = 32;
const OWNER_MAY_READ = 0o400;

/**
 * Chooses what of the changed files is recorded, by their sizes. Only looks: what is opened, git opens in the sandbox.
 * `files` is how many the state before has.
 */
export async function chooseFiles(
  workspace: string,
  { untracked, changed }: Pick<WorkTreeStatus, 'untracked' | 'changed'>,
  { files, maxFiles, maxFileBytes, maxNewBytes }: HistoryLimits & { files: number },
): Promise<ChosenFiles> {
  const chosen: ChosenFiles = { taken: [], dropped: [], leftOut: [], bytes: 0 };
  let count = files;
  const add = (path: GitPath, stats: Stats | undefined, isNew: boolean) => {
    if (stats === undefined) {
      if (!isNew) chosen.taken.push(path);
      return;
    }
    const isFile = stats.isFile();
    const fits =
      stats.isSymbolicLink() || (isFile && stats.size <= maxFileBytes && (stats.mode & OWNER_MAY_READ) !== 0);
    const hasRoom = chosen.bytes + stats.size <= maxNewBytes && (!isNew || count < maxFiles);
    if (fits && hasRoom) {
      chosen.taken.push(path);
      chosen.bytes += stats.size;
      if (isNew) count += 1;
      return;
    }
    if (!isNew) chosen.dropped.push(path);
    // A folder in the place of a file has its own entries; pipes and the like are no files.
    if (isFile) chosen.leftOut.push(path);
  };
  const look = async (paths: readonly GitPath[], isNew: boolean) => {
    for (let at = 0; at < paths.length; at += LOOKS_AT_ONCE) {
      if (isNew && count >= maxFiles) {
        // An agent can make millions: none of them has room.
        for (const path of paths.slice(at)) chosen.leftOut.push(path);
        return;
      }
      const part = paths.slice(at, at + LOOKS_AT_ONCE);
      const stats = await Promise.all(part.map((path) => findStats(workspace, path)));
      part.forEach((path, index) => add(path, stats[index], isNew));
    }
  };
  await look(changed, false);
  await look(untracked, true);
  return chosen;
}
