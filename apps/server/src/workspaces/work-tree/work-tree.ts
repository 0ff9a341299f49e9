import { CspError } from '@claude-sdk-pattern/protocol';

import type { GitConfig } from '../git/git-environment.ts';
import type { GitOutcome } from '../git/run-git.ts';
import type { SandboxGit, SandboxGitOptions } from '../git/sandbox-git.ts';
import { fromShownPath } from '../history/git-path.ts';
import { joinWithNul } from '../history/parse-status.ts';
import { assertPlainConfig } from './assert-plain-config.ts';
import { toGitProblem } from './git-problem.ts';
import { parseWorkTree, type WorkTreeState } from './parse-work-tree.ts';

/** Where a repository is. */
export interface WorkTreePlace {
  /** The folder of the workspace. */
  workspace: string;
  /** What the repository borrows objects from. */
  lent: string;
  /** Of the repository, relative to the workspace; empty for the workspace itself. */
  path: string;
}

/** By which git in the sandbox reaches the git server. */
export type WorkTreeDoor = Required<Pick<SandboxGitOptions, 'env'>> & Pick<SandboxGitOptions, 'readableDirs'>;

export interface Author {
  name: string;
  email: string;
}

export interface WorkTreeRead extends WorkTreeState {
  /** First line of the last commit. */
  subject: string | null;
  /** Which of the usual default branches `origin` has. */
  origins: string[];
}

/**
 * What people do with a repository in a workspace. All of it is git in the sandbox, on what an agent can write. What git refuses
 * is a CspError `state_conflict`, with `git_problem` in its details.
 */
export interface WorkTree {
  read(): Promise<WorkTreeRead>;
  /** Paths as `read` shows them; null for everything. */
  stage(paths: readonly string[] | null): Promise<void>;
  unstage(paths: readonly string[] | null): Promise<void>;
  /** Commits what is staged. Answers with the id. */
  commit(message: string, author: Author): Promise<string>;
  /**
   * Pushes HEAD to a branch of `origin`, which is followed from then on. One that is not the current branch is made, at HEAD. The door is opened
   * for that ref and commit, and closed with the push.
   */
  push(branch: string, openDoor: (push: { ref: string; id: string }) => WorkTreeDoor & Disposable): Promise<void>;
}

const STATUS = ['status', '--porcelain=v2', '--branch', '-z', '--ignore-submodules=dirty'];
const USUAL_BRANCHES = ['refs/remotes/origin/main', 'refs/remotes/origin/master'];
const MAX_STATUS_BYTES = 4 * 1024 * 1024;
const READ_TIMEOUT_MS = 15_000;
const PUSH_TIMEOUT_MS = 5 * 60_000;
/** `git-remote-csp`, which speaks HTTP with the door. */
const DOOR_PROTOCOLS = ['csp', 'http'];
const BY_STDIN = ['--pathspec-from-file=-', '--pathspec-file-nul'];
/** A name is a name, also where it has the signs of a pattern; no signature is asked for, which would need a key. */
const CONFIG: GitConfig = [
  ['commit.gpgSign', 'false'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  // Empty, it takes back those of the repository: they can have a server merge, or run jobs with other settings, in the person's name.
  ['push.pushOption', ''],
];

export function openWorkTree(git: SandboxGit, { workspace, lent, path }: WorkTreePlace): WorkTree {
  const run = (
    args: readonly string[],
    { env = {}, readableDirs = [], ...more }: Partial<SandboxGitOptions> = {},
  ): Promise<GitOutcome> =>
    git.run(path === '' ? args : ['-C', path, ...args], {
      ...{ cwd: workspace, writableDirs: [workspace], readableDirs: [lent, ...readableDirs], config: CONFIG },
      env: { GIT_LITERAL_PATHSPECS: '1', GIT_CEILING_DIRECTORIES: workspace, ...env },
      ...more,
    });
  const must = async (args: readonly string[], more?: Partial<SandboxGitOptions>): Promise<Buffer> => {
    const outcome = await run(args, more);
    if (outcome.ok) return outcome.stdout;
    throw toGitProblem(args[0] ?? '', outcome);
  };
  /** Waits for no lock and takes none, so that it is in nobody's way. */
  const look = { env: { GIT_OPTIONAL_LOCKS: '0' }, timeoutMs: READ_TIMEOUT_MS, maxOutputBytes: MAX_STATUS_BYTES };
  const hasCommit = async () => (await run(['rev-parse', '--verify', '--quiet', 'HEAD'], look)).ok;
  /** Before each thing that is done: the agent may have changed the settings since. */
  const begin = async () => {
    if (!git.confines)
      assertPlainConfig(await run(['config', '--local', '--includes', '--list', '--name-only', '-z'], look));
  };

  return {
    async read() {
      await begin();
      const [all, subject, origins] = await Promise.all([
        run([...STATUS, '--untracked-files=all'], look),
        run(['log', '-1', '--format=%s', '--no-show-signature'], look),
        run(['for-each-ref', '--format=%(refname:lstrip=3)', ...USUAL_BRANCHES], look),
      ]);
      // Too many to name each: folders are named in place of their files.
      const isLarge = !all.ok && (all.reason === 'too_much' || all.reason === 'late');
      const outcome = isLarge ? await run([...STATUS, '--untracked-files=normal'], look) : all;
      if (!outcome.ok) throw toGitProblem('status', outcome);
      return {
        ...parseWorkTree(outcome.stdout),
        subject: subject.ok ? subject.stdout.toString().trim() : null,
        origins: origins.stdout
          .toString()
          .split('\n')
          .filter((name) => name !== ''),
      };
    },

    async stage(paths) {
      await begin();
      if (paths === null) return void (await must(['add', '--all']));
      await must(['add', '--all', ...BY_STDIN], { input: toInput(paths) });
    },

    async unstage(paths) {
      await begin();
      // Before the first commit there is nothing to go back to.
      const back = (await hasCommit()) ? ['reset', '--quiet'] : ['rm', '-r', '--cached', '--quiet', '--ignore-unmatch'];
      if (paths !== null) return void (await must([...back, ...BY_STDIN], { input: toInput(paths) }));
      // By a path: without one, a reset would also forget a merge that goes on.
      await must([...back, '--', '.']);
    },

    async commit(message, { name, email }) {
      await begin();
      await must(['commit', '--quiet', '--no-verify', '--cleanup=whitespace', '--file=-'], {
        input: Buffer.from(message),
        env: {
          ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
        },
      });
      return (await must(['rev-parse', 'HEAD'], look)).toString().trim();
    },

    async push(branch, openDoor) {
      await begin();
      const valid = await run(['check-ref-format', '--branch', branch], look);
      if (!valid.ok) throw new CspError('invalid_request', `${branch} is no name that git takes for a branch`);
      if (!(await hasCommit())) throw new CspError('state_conflict', 'There is no commit yet. Commit first, then push');
      const current = (await run(['symbolic-ref', '--quiet', '--short', 'HEAD'], look)).stdout.toString().trim();
      // Index and files stay as they are.
      if (current !== branch) await must(['switch', '--quiet', '--no-track', '--create', branch]);
      const ref = `refs/heads/${branch}`;
      const id = (await must(['rev-parse', '--verify', `${ref}^{commit}`], look)).toString().trim();
      using door = openDoor({ ref, id });
      await must(['push', '--porcelain', '--no-verify', '--set-upstream', 'origin', `${ref}:${ref}`], {
        ...{
          env: door.env,
          readableDirs: door.readableDirs,
          callsModel: true,
          protocols: DOOR_PROTOCOLS,
          timeoutMs: PUSH_TIMEOUT_MS,
        },
      });
    },
  };
}

function toInput(paths: readonly string[]): Buffer {
  return joinWithNul(paths.map(fromShownPath));
}
