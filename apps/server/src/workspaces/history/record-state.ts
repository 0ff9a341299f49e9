import { join } from 'node:path';

import { toGitError } from '../git/run-git.ts';
import { chooseFiles, type HistoryLimits } from './choose-files.ts';
import { toShownPath } from './git-path.ts';
import type { HistoryGit } from './history-git.ts';
import { joinWithNul, parseStatus, splitAtNul, type GitPath } from './parse-status.ts';
import { readStatus, SAY_SETTLED, type Settled } from './read-status.ts';

export interface RecordedState extends KnownState {
  /** Follows from the content alone. */
  id: string;
  /** The state with which the files were compared; undefined for the first one. */
  before: string | undefined;
  /** How many of them differ from the state before; those that are gone count. */
  changedFiles: number;
  /** Bytes of what differs. */
  changedBytes: number;
  /** What is not in it and git does not ignore. */
  leftOut: LeftOut;
}

export interface LeftOut {
  count: number;
  /** The first ones. */
  paths: string[];
}

/** What the index has. */
export interface KnownState {
  id: string | undefined;
  files: number;
  settled: Settled;
}

/** Repositories in repositories are looked into so many levels. */
const MAX_NESTING = 20;
const MAX_REPOSITORIES = 200;
/** A name for which nobody looks. */
const SEED = '.looked-into';
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
/** Files that cannot be read, or change under git's hands, until it is given up. */
const MAX_REFUSED = 20;
const MAX_NAMED = 20;
/** Up to so many files are stored one by one, more of them in one pack: 50,000 take 9 MB instead of 200. */
const MAX_LOOSE = 100;
/** Of names; git of a workspace with more is ended, and nothing is recorded. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/**
 * Records the files of the work tree as they are now, without those that git ignores. Where nothing differs from the
 * state before, it is one run of git, which looks at the size and times of each file alone.
 * @throws CspError `internal` where git cannot do it.
 */
export async function recordState(
  git: HistoryGit,
  { workspace, store, known }: { workspace: string; store: string; known: KnownState },
  limits: HistoryLimits,
): Promise<RecordedState> {
  // An agent can make millions of files, and each name that is read takes memory and time of the whole server.
  const maxNew = 2 * limits.maxFiles;
  const { output, settled, freshSince } = await readStatus(git, {
    ...{ store, settled: known.settled, maxOutputBytes: MAX_LIST_BYTES },
  });
  const status = await parseStatus(output, known.files + maxNew);
  const inner = await listRepositories(git, { store, repositories: status.repositories, maxFiles: maxNew });
  const untracked = [...status.untracked, ...inner.files];
  const chosen = await chooseFiles(workspace, { ...status, untracked }, { ...limits, files: known.files });
  const dropped = [...status.links, ...chosen.dropped];
  if (dropped.length > 0) await drop(git, dropped);
  const isChanged = chosen.taken.length + dropped.length > 0 || status.isStaged || known.id === undefined;
  const { refused, ...now } = isChanged
    ? await keep(git, chosen.taken, { settled, freshSince })
    : { ...known, settled, refused: [] };
  const leftOut = [...inner.leftOut, ...chosen.leftOut, ...refused];
  return {
    ...{ id: now.id ?? '', files: now.files, settled: now.settled, before: known.id },
    ...{ changedFiles: chosen.taken.length - refused.length + dropped.length, changedBytes: chosen.bytes },
    leftOut: { count: leftOut.length, paths: leftOut.slice(0, MAX_NAMED).map(toShownPath) },
  };
}

/**
 * What the index of a store has. First removes what a git that was killed, or found the disk full, has left: locks, which would
 * keep every later one from writing, and parts of packs. Nobody else may use the store meanwhile.
 */
export async function readKnown(git: HistoryGit): Promise<KnownState> {
  const said = await git.script(`${CLEAN}; git rev-parse --quiet --verify HEAD || echo none; ${COUNT}`, []);
  const { id, files } = parseKnown(said);
  return { id: id === 'none' ? undefined : id, files, settled: 'no' };
}

const CLEAN = `find "$GIT_DIR" -type f '(' -name '*.lock' -o -name 'tmp_*' ')' -delete`;
/** The four bytes in which the index says how many files it has; nothing where there is no index. */
export const COUNT = `{ od -An -t u1 -j 8 -N 4 "$GIT_DIR/index" 2>/dev/null || true; }`;

/** Of the tree `$tree`. Says the id. */
export const KEEP_TREE = [
  'state=$(git commit-tree "$tree" </dev/null)',
  `printf 'update HEAD %s\\nupdate refs/states/%s %s\\n' "$state" "$state" "$state" | git update-ref --stdin`,
  'echo "$state"',
].join(' && ');

export function parseKnown(output: Buffer): Pick<RecordedState, 'id' | 'files' | 'settled'> {
  const [id = '', ...rest] = output.toString().trim().split(/\s+/);
  const files = rest.slice(0, 4).reduce((number, byte) => number * 256 + Number(byte), 0);
  return { id, files, settled: rest[4]?.startsWith('settled') === true ? 'yes' : 'no' };
}

/**
 * The files of repositories that the agent has in its workspace. Git takes such a repository for one thing and looks into it
 * only where an index has something below it: an index of its own says so.
 */
async function listRepositories(
  git: HistoryGit,
  { store, repositories, maxFiles }: { store: string; repositories: readonly GitPath[]; maxFiles: number },
): Promise<{ files: GitPath[]; leftOut: GitPath[] }> {
  const files: GitPath[] = [];
  const leftOut: GitPath[] = [];
  const seen: GitPath[] = [];
  let next = repositories;
  for (let level = 0; next.length > 0; level += 1) {
    // The names go through a command line.
    const fits = (path: GitPath, index: number) =>
      level < MAX_NESTING && seen.length + index < MAX_REPOSITORIES && toShownPath(path) === path.toString();
    const looked = next.filter(fits);
    leftOut.push(...next.filter((path, index) => !fits(path, index)));
    if (looked.length === 0) break;
    seen.push(...looked);
    const seeds = seen.map((path) => Buffer.concat([Buffer.from(`100644 ${EMPTY_BLOB}\t`), path, Buffer.from(SEED)]));
    const list =
      'git read-tree --empty && git update-index -z --index-info && git ls-files -z -o --exclude-standard -- "$@"';
    const found = await git.script(
      list,
      looked.map((path) => path.toString()),
      {
        ...{ index: join(store, 'index.repositories'), input: joinWithNul(seeds), maxOutputBytes: MAX_LIST_BYTES },
      },
    );
    const isRepository = (path: GitPath) => path.at(-1) === 0x2f;
    const paths = [...splitAtNul(found, maxFiles)];
    for (const path of paths) if (!isRepository(path)) files.push(path);
    next = paths.filter(isRepository);
  }
  return { files, leftOut };
}

async function drop(git: HistoryGit, paths: readonly GitPath[]): Promise<void> {
  const gone = paths.map((path) => Buffer.concat([Buffer.from(`0 ${'0'.repeat(40)}\t`), path]));
  await git.read(['update-index', '-z', '--index-info'], { input: joinWithNul(gone) });
}

/**
 * Takes files into the index as they are, also those that are gone, and makes what the index has a state, and the one to compare with from now
 * on. `refused` are those that git could not read.
 */
async function keep(
  git: HistoryGit,
  paths: readonly GitPath[],
  { settled, freshSince }: { settled: Settled; freshSince: number },
): Promise<KnownState & { refused: GitPath[] }> {
  const refused: GitPath[] = [];
  let left = paths;
  for (;;) {
    const config = left.length > MAX_LOOSE ? ([['core.bigFileThreshold', '1']] as const) : [];
    const text = [
      ...(left.length > 0 ? ['git update-index -z --add --remove --replace --stdin'] : []),
      ...['tree=$(git write-tree)', KEEP_TREE, COUNT],
      ...(settled === 'unknown' ? [`fresh=$1; ${SAY_SETTLED}`] : []),
    ].join(' && ');
    const outcome = await git.runScript(text, [String(freshSince)], { input: joinWithNul(left), config });
    if (outcome.ok) {
      const kept = parseKnown(outcome.stdout);
      return { ...kept, settled: settled === 'unknown' ? kept.settled : settled, refused };
    }
    const bad = /^fatal: Unable to process path ([^]*?)\n?$/m.exec(outcome.stderr)?.[1];
    const index = left.findIndex((path) => path.toString() === bad);
    const path = left[index];
    if (path === undefined || refused.length === MAX_REFUSED) throw toGitError(['update-index'], outcome);
    refused.push(path);
    left = left.filter((_, each) => each !== index);
  }
}
