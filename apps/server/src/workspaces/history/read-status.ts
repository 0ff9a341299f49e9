import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isSystemError } from '../../agent-files/folder.ts';
import { EXCLUDED, type HistoryGit } from './history-git.ts';

/**
 * Whether what git remembers of the folders can be relied on. Git (2.39) takes a folder for unchanged by the seconds of its times.
 * A program may set one of them back, as tar and rsync do, but not the time of the last change. So a folder that changed in the second in which
 * it was read can change again unnoticed; one that changed before cannot. `unknown`: folders were read, and how new they are was not looked at.
 */
export type Settled = 'yes' | 'no' | 'unknown';

export interface StatusRun {
  /** See `parseStatus`. */
  output: Buffer;
  settled: Settled;
  /** Epoch seconds. A folder that changed later may have been read before that. */
  freshSince: number;
}

const STATUS = 'status --porcelain=v2 -z --no-renames --untracked-files=all --ignore-submodules=all';
/** The clock of the file system is some milliseconds late. */
const CLOCK_MARGIN_S = 1;
const MARK = 'settled\0';

/** Says `settled` where no folder has changed since the epoch second `$fresh`. A find(1) that cannot tell says nothing. */
export const SAY_SETTLED = [
  'found=$(find "$GIT_WORK_TREE" -type d -newerct "@$fresh" -print -quit 2>/dev/null && echo .)',
  `if [ "$found" = . ]; then printf 'settled\\0'; fi`,
].join('; ');

/** Of another content, this file makes git read every folder again. */
const FORGET_FOLDERS = `printf '%s# %s\\n' "$2" "$3" >"$GIT_DIR/info/exclude"`;

/**
 * Runs `git status`. Where the folders are settled, only those with other times are read; else all of them.
 * @throws CspError `internal` where git cannot.
 */
export async function readStatus(
  git: HistoryGit,
  { store, settled, maxOutputBytes }: { store: string; settled: Settled; maxOutputBytes: number },
): Promise<StatusRun> {
  const freshSince = Math.floor(Date.now() / 1000) - CLOCK_MARGIN_S;
  if (settled === 'yes') {
    const before = await readVersion(store);
    const output = await git.read(STATUS.split(' '), { maxOutputBytes });
    const isSame = before !== undefined && before === (await readVersion(store));
    return { output, settled: isSame ? 'yes' : 'unknown', freshSince };
  }
  const text = `fresh=$1; ${FORGET_FOLDERS} && git ${STATUS} && { ${SAY_SETTLED}; }`;
  const said = await git.script(text, [String(freshSince), EXCLUDED, randomUUID()], { maxOutputBytes });
  return { ...splitMark(said), freshSince };
}

/** Takes the mark from the end of an output. No name of a file can be one: git writes two characters before each. */
function splitMark(said: Buffer): { output: Buffer; settled: Settled } {
  const output = said.subarray(0, -MARK.length);
  const isMarked = said.toString('latin1').endsWith(MARK) && (output.length === 0 || output.at(-1) === 0);
  return isMarked ? { output, settled: 'yes' } : { output: said, settled: 'no' };
}

/** Changes whenever the index is written; undefined where there is none. */
async function readVersion(store: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs } = await stat(join(store, 'index'), { bigint: true });
    return `${ino}:${mtimeNs}`;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
