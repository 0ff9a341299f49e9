import { CspError } from '@claude-sdk-pattern/protocol';

import { findStats } from '../../agent-files/find-stats.ts';
import { toGitError } from '../git/run-git.ts';
import { toShownPath } from './git-path.ts';
import type { HistoryGit } from './history-git.ts';
import { listChanges, type FileDifference } from './list-changes.ts';
import type { GitPath } from './parse-status.ts';
import { COUNT, KEEP_TREE, parseKnown, type KnownState } from './record-state.ts';

const MAX_NAMED = 5;

/**
 * Makes the work tree what it was in `to`; `from` is the state that was just recorded. Files that no state has stay as they are.
 * @throws CspError `state_conflict` where such a file stands in the way, or files are being written; nothing is changed then.
 */
export async function restoreState(
  git: HistoryGit,
  { workspace, from, to }: { workspace: string; from: string; to: string },
): Promise<{ known: KnownState; differences: FileDifference[] }> {
  const differences = await listChanges(git, from, to);
  const inTheWay = await findInTheWay(workspace, differences);
  if (inTheWay.length > 0) throw toInTheWay(inTheWay);
  const restore = `git read-tree -m -u "$1" "$2" && tree=$(git rev-parse --verify "$2^{tree}") && ${KEEP_TREE} && ${COUNT}`;
  const outcome = await git.runScript(restore, [from, to]);
  if (outcome.ok) return { known: parseKnown(outcome.stdout), differences };
  if (/not uptodate|would be (overwritten|removed)|Updating the following/.test(outcome.stderr)) {
    throw new CspError(
      'state_conflict',
      'Something writes files in this workspace right now, so nothing was taken back. Stop it, then try again',
    );
  }
  throw toGitError(['read-tree'], outcome);
}

/** Files outside of what is recorded where a file would be made. */
export async function findInTheWay(workspace: string, differences: readonly FileDifference[]): Promise<GitPath[]> {
  const gone = new Set(
    differences.flatMap(({ path, status }) => (status === 'added' ? [] : [path.toString('latin1')])),
  );
  const found: GitPath[] = [];
  for (const { path, status } of differences) {
    if (status !== 'added' || hasParentIn(path.toString('latin1'), gone)) continue;
    const blocker = await findBlocker(workspace, path, gone);
    if (blocker !== undefined) found.push(blocker);
  }
  return found;
}

/** A file or a link above, or what has the name itself. */
async function findBlocker(workspace: string, path: GitPath, gone: ReadonlySet<string>): Promise<GitPath | undefined> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const kind = await findKind(workspace, path.subarray(0, at));
    if (kind === undefined) return undefined;
    if (kind !== 'folder') return path.subarray(0, at);
  }
  const kind = await findKind(workspace, path);
  if (kind === undefined) return undefined;
  // A folder whose files all go makes room; one that keeps some does not.
  const inside = `${path.toString('latin1')}/`;
  if (kind === 'folder' && [...gone].some((each) => each.startsWith(inside))) return undefined;
  return path;
}

function hasParentIn(path: string, gone: ReadonlySet<string>): boolean {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
    if (gone.has(path.slice(0, at))) return true;
  return false;
}

async function findKind(workspace: string, path: GitPath): Promise<'folder' | 'other' | undefined> {
  const stats = await findStats(workspace, path);
  return stats && (stats.isDirectory() ? 'folder' : 'other');
}

function toInTheWay(paths: readonly GitPath[]): CspError {
  const named = paths.slice(0, MAX_NAMED).map(toShownPath).join(', ');
  const more = paths.length > MAX_NAMED ? `, and ${paths.length - MAX_NAMED} more` : '';
  return new CspError(
    'state_conflict',
    `Nothing was taken back: ${named}${more} would be overwritten, and that is not recorded because git ignores it or it is too large. Move it away, then try again`,
  );
}
