import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { copyTree, type CopyTreeOptions } from '../../agent-files/copy-tree.ts';
import { giveTree } from '../../agent-files/give-tree.ts';
import { isSystemError } from '../../agent-files/folder.ts';
import type { GitConfig } from '../git/git-environment.ts';
import type { GitOutcome } from '../git/run-git.ts';
import type { SandboxGit, SandboxGitOptions } from '../git/sandbox-git.ts';

export interface HistoryPlace {
  /** The work tree. */
  workspace: string;
  /** The store: a git directory that no agent process has in its sandbox. */
  store: string;
  /** Rejects where the disk with both is not there. */
  assertThere?(): Promise<void>;
  /** Owner of what agents write, where that is not the server's own user. */
  owner?: { uid: number; gid: number } | undefined;
}

export interface RunOptions extends Pick<SandboxGitOptions, 'input' | 'timeoutMs' | 'maxOutputBytes'> {
  config?: GitConfig;
  /** Another index than the store's own. */
  index?: string;
}

/** Git on the store of one workspace. */
export interface HistoryGit {
  run(args: readonly string[], options?: RunOptions): Promise<GitOutcome>;
  /** @throws CspError `internal` where the command fails. */
  read(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Runs a shell script of several commands in one sandbox, with `$1` and so on. */
  runScript(text: string, args: readonly string[], options?: RunOptions): Promise<GitOutcome>;
  /** The output of such a script. @throws as `read` does */
  script(text: string, args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Makes the store, unless there is one. */
  prepare(): Promise<void>;
  /** Copies the store into a folder, which is made. @throws as `copyTree` */
  copyTo(target: string, options: CopyTreeOptions): Promise<void>;
  /** Whether there is a store. */
  exists(): Promise<boolean>;
}

/** A file over this size has no lines to compare. */
export const MAX_COMPARED_BYTES = 2 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Read anew at every call, so that they hold whatever stands in the store. */
const CONFIG: GitConfig = [
  ['core.bare', 'false'],
  ['core.untrackedCache', 'true'],
  ['core.preloadIndex', 'true'],
  ['core.symlinks', 'true'],
  ['core.attributesFile', '/dev/null'],
  ['core.compression', '1'],
  ['core.bigFileThreshold', String(MAX_COMPARED_BYTES)],
  ['status.showUntrackedFiles', 'all'],
  ['diff.ignoreSubmodules', 'all'],
  ['index.version', '4'],
];

/** The id of a state follows from its content alone, so that the same content has one id. */
const AUTHOR = {
  GIT_AUTHOR_NAME: 'state',
  GIT_AUTHOR_EMAIL: 'state',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'state',
  GIT_COMMITTER_EMAIL: 'state',
  GIT_COMMITTER_DATE: '@0 +0000',
};

/** Attributes of the workspace would change bytes on their way in and out, and hide differences. */
const ATTRIBUTES = '* -text !eol !crlf -ident !filter !working-tree-encoding !diff !merge !whitespace\n';
/** Made again by a command, and large. A `.gitignore` in the workspace can take them back in. */
export const EXCLUDED = 'node_modules/\n.venv/\n__pycache__/\n';

/**
 * All of it runs in the sandbox, with the rights of an agent: the work tree is the agent's, and a file may become a link
 * to another place between two system calls of git.
 */
export function createHistoryGit(git: SandboxGit, { workspace, store, owner, assertThere }: HistoryPlace): HistoryGit {
  const toOptions = ({ config = [], index, ...options }: RunOptions = {}): SandboxGitOptions => ({
    timeoutMs: TIMEOUT_MS,
    ...options,
    ...{ cwd: workspace, writableDirs: [workspace, store] },
    config: [...CONFIG, ...config],
    env: {
      ...AUTHOR,
      ...{ GIT_DIR: store, GIT_WORK_TREE: workspace, GIT_LITERAL_PATHSPECS: '1', GIT_NO_LAZY_FETCH: '1' },
      ...(index !== undefined && { GIT_INDEX_FILE: index }),
    },
  });
  const exists = async () => {
    try {
      return (await stat(join(store, 'HEAD'))).isFile();
    } catch (error) {
      if (isSystemError(error)) return false;
      throw error;
    }
  };
  /** A sandbox shows no folder that somebody has removed. */
  const inWorkspace = async <T>(work: () => Promise<T>): Promise<T> => {
    await assertThere?.();
    const made = await mkdir(workspace, { recursive: true, mode: 0o700 });
    if (made !== undefined && owner) await giveTree(workspace, owner);
    return work();
  };
  return {
    run: (args, options) => inWorkspace(() => git.run(args, toOptions(options))),
    read: (args, options) => inWorkspace(() => git.read(args, toOptions(options))),
    runScript: (text, args, options) => inWorkspace(() => git.run(toScript(text, args), toOptions(options))),
    script: (text, args, options) => inWorkspace(() => git.read(toScript(text, args), toOptions(options))),
    exists,
    async copyTo(target, options) {
      await mkdir(target, { recursive: true, mode: 0o700 });
      await copyTree(store, target, options);
      if (owner) await giveTree(target, owner);
    },
    async prepare() {
      if (await exists()) return;
      await assertThere?.();
      for (const dir of ['objects', 'refs', 'info']) await mkdir(join(store, dir), { recursive: true, mode: 0o700 });
      await writeFile(join(store, 'info', 'attributes'), ATTRIBUTES);
      await writeFile(join(store, 'info', 'exclude'), EXCLUDED);
      await writeFile(join(store, 'config'), '[core]\n\trepositoryformatversion = 0\n');
      if (owner) await giveTree(store, owner);
      // Last: with it, the store is one.
      await writeFile(join(store, 'HEAD'), 'ref: refs/heads/state\n');
    },
  };
}

/** An alias is how git itself runs a shell; its name must be no command of git. */
function toScript(text: string, args: readonly string[]): string[] {
  return ['-c', `alias.run-script=!run_script() { ${text}; }; run_script`, 'run-script', ...args];
}
