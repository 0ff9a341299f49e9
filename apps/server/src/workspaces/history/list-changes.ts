import { setImmediate } from 'node:timers/promises';

import { fromShownPath, toShownPath } from './git-path.ts';
import { MAX_COMPARED_BYTES, type HistoryGit } from './history-git.ts';
import { ENTRIES_AT_ONCE, splitAtNul, type GitPath } from './parse-status.ts';

export type ChangeStatus = 'added' | 'modified' | 'deleted';

/** One file that differs between two states. */
export interface FileDifference {
  path: GitPath;
  status: ChangeStatus;
  /** Lines; null where the file is not text, or too large to compare. */
  added: number | null;
  removed: number | null;
}

export type FileDiff =
  | { type: 'text'; diff: string; isTruncated: boolean }
  /** Sizes in bytes; null on the side where there is no file. */
  | { type: 'binary' | 'large'; sizeBefore: number | null; sizeAfter: number | null };

/** Of one difference, as text. */
const MAX_DIFF_BYTES = 512 * 1024;
const MAX_LIST_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const COMPARE = ['diff-tree', '-r', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color'];
const LINK_TO_REPOSITORY = '160000';

/** The files that differ between two states, in the order of their names. @throws CspError `internal` where one is gone. */
export async function listChanges(git: HistoryGit, from: string, to: string): Promise<FileDifference[]> {
  if (from === to) return [];
  const args = [...COMPARE, '-z', '--raw', '--numstat', from, to];
  return parseDifferences(await git.read(args, { maxOutputBytes: MAX_LIST_BYTES, timeoutMs: TIMEOUT_MS }));
}

/** Reads `git diff-tree -r -z --raw --numstat` (git 2.39): first all files with their modes, then all with their counts. */
async function parseDifferences(output: Buffer): Promise<FileDifference[]> {
  const byPath = new Map<string, FileDifference>();
  const parts = splitAtNul(output);
  let count = 0;
  for (let next = parts.next(); next.done !== true; next = parts.next()) {
    const part = next.value;
    if ((count += 1) % ENTRIES_AT_ONCE === 0) await setImmediate();
    if (part[0] === 0x3a) {
      const [before = '', after = '', , , letter = ''] = part.toString('latin1', 1).split(' ');
      const path = parts.next().value;
      if (!path || before === LINK_TO_REPOSITORY || after === LINK_TO_REPOSITORY) continue;
      byPath.set(path.toString('latin1'), { path, status: toStatus(letter), added: null, removed: null });
    } else {
      const first = part.indexOf('\t');
      const second = part.indexOf('\t', first + 1);
      const found = byPath.get(part.toString('latin1', second + 1));
      if (found === undefined) continue;
      found.added = toCount(part.toString('latin1', 0, first));
      found.removed = toCount(part.toString('latin1', first + 1, second));
    }
  }
  return [...byPath.values()];
}

/** How one file differs, by its path as it is shown; undefined where it does not. */
export async function readDiff(
  git: HistoryGit,
  { from, to, shownPath }: { from: string; to: string; shownPath: string },
): Promise<{ difference: FileDifference; diff: FileDiff } | undefined> {
  const path = fromShownPath(shownPath);
  const difference = (await listChanges(git, from, to)).find((each) => each.path.equals(path));
  if (difference === undefined) return undefined;
  if (difference.added === null) return { difference, diff: await readSizes(git, { from, to, path }) };
  // A name that is no text cannot stand on a command line.
  if (toShownPath(path) !== path.toString()) return { difference, diff: await readSizes(git, { from, to, path }) };
  const outcome = await git.run([...COMPARE, '-p', from, to, '--', path.toString()], {
    ...{ maxOutputBytes: MAX_DIFF_BYTES, timeoutMs: TIMEOUT_MS },
  });
  const diff = outcome.stdout.toString('utf8');
  if (!outcome.ok && outcome.reason !== 'too_much')
    return { difference, diff: await readSizes(git, { from, to, path }) };
  return { difference, diff: { type: 'text', diff, isTruncated: !outcome.ok } };
}

async function readSizes(
  git: HistoryGit,
  { from, to, path }: { from: string; to: string; path: GitPath },
): Promise<FileDiff> {
  const toLine = (state: string) => Buffer.concat([Buffer.from(`${state}:`), path, Buffer.from('\n')]);
  // A name with a line end is two questions, and neither is answered.
  const input = path.includes('\n') ? Buffer.alloc(0) : Buffer.concat([toLine(from), toLine(to)]);
  const said = (await git.read(['cat-file', '--batch-check=%(objectsize)'], { input })).toString('latin1').split('\n');
  const [sizeBefore = null, sizeAfter = null] = said.map((line) => (/^\d+$/.test(line) ? Number(line) : null));
  const isLarge = Math.max(sizeBefore ?? 0, sizeAfter ?? 0) > MAX_COMPARED_BYTES;
  return { type: isLarge ? 'large' : 'binary', sizeBefore, sizeAfter };
}

function toStatus(letter: string): ChangeStatus {
  if (letter.startsWith('A')) return 'added';
  return letter.startsWith('D') ? 'deleted' : 'modified';
}

function toCount(text: string): number | null {
  return text === '-' ? null : Number(text);
}
