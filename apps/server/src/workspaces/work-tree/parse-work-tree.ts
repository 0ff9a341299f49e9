import type { GitFile, GitFileStatus } from '@claude-sdk-pattern/protocol';

import { toShownPath } from '../history/git-path.ts';
import { splitAtNul } from '../history/parse-status.ts';

/** What `git status` says of a repository. */
export interface WorkTreeState {
  /** Null where HEAD is detached. */
  branch: string | null;
  /** Null before the first commit. */
  commit: string | null;
  upstream: string | null;
  ahead: number | null;
  behind: number | null;
  files: GitFile[];
}

/** Fields before the path, by the kind of the entry: `1 XY sub mH mI mW hH hI path`, and with more for `2` and `u`. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, '2': 9, u: 10 };
const STATUSES: Readonly<Record<string, GitFileStatus>> = {
  ...{ A: 'added', M: 'modified', T: 'modified', D: 'deleted', R: 'renamed', C: 'added' },
};

/** Reads `git status --porcelain=v2 --branch -z` (git 2.39). */
export function parseWorkTree(output: Buffer): WorkTreeState {
  const state: WorkTreeState = { branch: null, commit: null, upstream: null, ahead: null, behind: null, files: [] };
  const parts = splitAtNul(output);
  for (const part of parts) {
    const kind = part.toString('latin1', 0, 1);
    if (kind === '#') readHead(state, part.toString());
    else if (kind === '?') state.files.push(toFile(part.subarray(2), { unstaged: 'untracked' }));
    else if (kind === 'u') state.files.push(toFile(part.subarray(findField(part, kind)), { unstaged: 'conflicted' }));
    else if (kind === '1' || kind === '2') {
      const [staged = '.', unstaged = '.'] = part.toString('latin1', 2, 4);
      const previous = kind === '2' ? parts.next().value : undefined;
      state.files.push(
        toFile(part.subarray(findField(part, kind)), {
          ...{ staged: STATUSES[staged] ?? null, unstaged: STATUSES[unstaged] ?? null },
          previous_path: previous === undefined ? null : toShownPath(previous),
        }),
      );
    }
  }
  state.files.sort((one, other) => (one.path < other.path ? -1 : 1));
  return state;
}

function readHead(state: WorkTreeState, line: string): void {
  const [, name, value = ''] = /^# branch\.(\S+) (.*)$/s.exec(line) ?? [];
  if (name === 'oid' && value !== '(initial)') state.commit = value;
  if (name === 'head' && value !== '(detached)') state.branch = value;
  if (name === 'upstream') state.upstream = value;
  const counts = name === 'ab' ? /^\+(\d+) -(\d+)$/.exec(value) : null;
  if (counts) [state.ahead, state.behind] = [Number(counts[1]), Number(counts[2])];
}

function toFile(path: Buffer, of: Partial<GitFile>): GitFile {
  return { path: toShownPath(path), previous_path: null, staged: null, unstaged: null, ...of };
}

function findField(entry: Buffer, kind: string): number {
  let at = 0;
  for (let left = FIELDS[kind] ?? 0; left > 0; left -= 1) at = entry.indexOf(' ', at) + 1;
  return at;
}
