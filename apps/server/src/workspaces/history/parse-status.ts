import { setImmediate } from 'node:timers/promises';

/** A path as git gives it: bytes, because a name on disk need not be UTF-8. */
export type GitPath = Buffer;

export interface WorkTreeStatus {
  /** Files that the index does not have. */
  untracked: GitPath[];
  /** Repositories of the agent's own that the index has nothing of: git does not look into them. */
  repositories: GitPath[];
  /** Files that differ from the index. */
  changed: GitPath[];
  /** Entries that stand for a repository of the agent's own instead of its files. */
  links: GitPath[];
  /** Whether the index has what the last recorded state has not. */
  isStaged: boolean;
}

/** Some milliseconds of work, so that a hundred thousand of them do not hold up the server. */
export const ENTRIES_AT_ONCE = 1000;
const SLASH = 0x2f;
/** `1 XY sub mH mI mW hH hI path`: fields before the path. */
const FIELDS = 8;

/**
 * Reads `git status --porcelain=v2 -z --no-renames --untracked-files=all` (git 2.39): what has changed is first, what is new last. Of more than
 * `maxEntries` the last ones are not read. Lets other work in between.
 */
export async function parseStatus(output: Buffer, maxEntries = Infinity): Promise<WorkTreeStatus> {
  const status: WorkTreeStatus = { untracked: [], repositories: [], changed: [], links: [], isStaged: false };
  let count = 0;
  for (const entry of splitAtNul(output, maxEntries)) {
    if ((count += 1) % ENTRIES_AT_ONCE === 0) await setImmediate();
    const kind = entry.toString('latin1', 0, 2);
    if (kind === '? ') {
      const path = entry.subarray(2);
      if (path.at(-1) === SLASH) status.repositories.push(path);
      else status.untracked.push(path);
    } else if (kind === '1 ') {
      const path = entry.subarray(findField(entry, FIELDS));
      const [staged, unstaged] = entry.toString('latin1', 2, 4);
      if (staged !== '.') status.isStaged = true;
      if (entry.toString('latin1', 5, 6) === 'S') status.links.push(path);
      else if (unstaged !== '.') status.changed.push(path);
    }
  }
  return status;
}

export function* splitAtNul(output: Buffer, maxParts = Infinity): Generator<Buffer, void, undefined> {
  let start = 0;
  for (let parts = 0; start < output.length && parts < maxParts; parts += 1) {
    const end = output.indexOf(0, start);
    if (end === -1) return;
    yield output.subarray(start, end);
    start = end + 1;
  }
}

/** Paths as git reads them with `-z`. */
export function joinWithNul(paths: readonly GitPath[]): Buffer {
  const joined = Buffer.alloc(paths.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const path of paths) {
    joined.set(path, at);
    at += path.length + 1;
  }
  return joined;
}

function findField(entry: Buffer, fields: number): number {
  let at = 0;
  for (let left = fields; left > 0; left -= 1) at = entry.indexOf(' ', at) + 1;
  return at;
}
