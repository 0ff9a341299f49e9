import { CspError } from '@claude-sdk-pattern/protocol';

import type { CopyTreeOptions } from '../../agent-files/copy-tree.ts';
import { isSystemError, openFolder } from '../../agent-files/folder.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { SandboxGit } from '../git/sandbox-git.ts';
import type { HistoryLimits } from './choose-files.ts';
import { createHistoryGit, type HistoryPlace } from './history-git.ts';
import { listChanges, readDiff, type FileDiff, type FileDifference } from './list-changes.ts';
import { readKnown, recordState, type KnownState, type RecordedState } from './record-state.ts';
import { findInTheWay, restoreState } from './restore-state.ts';
import type { GitPath } from './parse-status.ts';

/** The state of a workspace without files. Git has this tree in every repository. */
export const EMPTY_STATE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The recorded states of one workspace. Everything runs one after the other. */
export interface WorkspaceHistory {
  /** Records the files as they are now. @throws CspError `internal` where git cannot. */
  record(): Promise<RecordedState>;
  /** What differs between two states. */
  list(from: string, to: string): Promise<FileDifference[]>;
  /** How one file differs; undefined where it does not. */
  readDiff(states: {
    from: string;
    to: string;
    shownPath: string;
  }): Promise<{ difference: FileDifference; diff: FileDiff } | undefined>;
  /** What would keep `restore` from making the files of `to`. */
  findInTheWay(differences: readonly FileDifference[]): Promise<GitPath[]>;
  /** See `restoreState`. */
  restore(states: { from: string; to: string }): Promise<FileDifference[]>;
  /** Whether a state can be read here. */
  has(state: string): Promise<boolean>;
  /** Forgets all states but these and the newest one, and makes the store small. */
  retain(states: readonly string[]): Promise<void>;
  /** Copies the store into a folder for a fork, whose workspace has the same files. Nothing is made where there is no store. */
  copyTo(store: string, options: CopyTreeOptions): Promise<void>;
  /** Bytes of the store on disk, as git counts them. */
  measure(): Promise<number>;
  /** Forgets what was read of the store, which another server may have written since. */
  reread(): void;
  /** Resolves when everything that was asked for has ended. */
  idle(): Promise<void>;
}

/** Creates the history of a workspace. Nothing is made before something is recorded. */
export function createWorkspaceHistory(
  sandboxGit: SandboxGit,
  place: HistoryPlace,
  limits: HistoryLimits,
): WorkspaceHistory {
  const git = createHistoryGit(sandboxGit, place);
  const { workspace, store } = place;
  const queue = createSerialQueue();
  let known: KnownState | undefined;

  const record = async (): Promise<RecordedState> => {
    await place.assertThere?.();
    if (!(await git.exists()) && (await isEmpty(workspace))) return NOTHING;
    await git.prepare();
    const before = known ?? (await readKnown(git));
    // What fails in the middle may have changed the index.
    known = undefined;
    const recorded = await recordState(git, { workspace, store, known: before }, limits);
    known = recorded;
    return recorded;
  };

  const has = async (state: string): Promise<boolean> => {
    if (state === EMPTY_STATE) return true;
    if (!(await git.exists())) return false;
    return (await git.run(['cat-file', '-e', `${state}^{tree}`])).ok;
  };

  /** @throws CspError `state_conflict` where one of the states is gone */
  const compare = async <T>([from, to]: [string, string], work: () => Promise<T>): Promise<T> => {
    if (from !== to && !(await git.exists())) throw toGone();
    try {
      return await work();
    } catch (error) {
      if (error instanceof CspError && error.code !== 'internal') throw error;
      if ((await has(from)) && (await has(to))) throw error;
      throw toGone();
    }
  };

  return {
    record: () => queue.run(record),
    list: (from, to) => queue.run(() => compare([from, to], () => listChanges(git, from, to))),
    readDiff: (states) => queue.run(() => compare([states.from, states.to], () => readDiff(git, states))),
    findInTheWay: (differences) => findInTheWay(workspace, differences),
    restore: (states) =>
      queue.run(async () => {
        if (states.from === states.to) return [];
        known = undefined;
        const restored = await compare([states.from, states.to], () => restoreState(git, { workspace, ...states }));
        known = restored.known;
        return restored.differences;
      }),
    has: (state) => queue.run(() => has(state)),
    retain: (states) =>
      queue.run(async () => {
        if (!(await git.exists())) return;
        const kept = new Set(states.map((state) => `refs/states/${state}`));
        const refs = (await git.read(['for-each-ref', '--format=%(refname)', 'refs/states'])).toString().split('\n');
        const gone = refs.filter((ref) => ref !== '' && !kept.has(ref));
        const input = gone.map((ref) => `delete ${ref}\n`).join('');
        await git.read(['update-ref', '--stdin'], { input });
        await git.script('git repack -a -d -q --window=0 && git prune --expire=now && git pack-refs --all', []);
      }),
    copyTo: (target, options) =>
      queue.run(async () => {
        if (await git.exists()) await git.copyTo(target, options);
      }),
    measure: () =>
      queue.run(async () => {
        if (!(await git.exists())) return 0;
        const said = (await git.read(['count-objects', '-v'])).toString();
        const kib = [...said.matchAll(/^(?:size|size-pack|size-garbage): (\d+)$/gm)];
        return kib.reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
      }),
    reread() {
      void queue.run(async () => {
        known = undefined;
      });
    },
    idle: () => queue.idle(),
  };
}

function toGone(): CspError {
  return new CspError(
    'state_conflict',
    'What was recorded of the files of this session is gone from the disk of the server. Changes are told again from the next turn on',
  );
}

const NOTHING: RecordedState = {
  ...{ id: EMPTY_STATE, files: 0, settled: 'no', before: undefined, changedFiles: 0, changedBytes: 0 },
  leftOut: { count: 0, paths: [] },
};

async function isEmpty(workspace: string): Promise<boolean> {
  try {
    await using folder = await openFolder(workspace);
    for await (const _ of folder.list()) return false;
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  return true;
}
