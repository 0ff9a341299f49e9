import { CspError } from '@claude-sdk-pattern/protocol';

import { runProgram, type ProgramOptions, type ProgramOutcome } from '../../lib/run-program.ts';
import { toGitEnvironment, type GitEnvironmentOptions } from './git-environment.ts';

/** How git ended; `code` is its exit code, for commands that answer by it. */
export type GitOutcome = ProgramOutcome;

export interface GitOptions
  extends
    Partial<Pick<ProgramOptions, 'input' | 'timeoutMs' | 'maxOutputBytes' | 'signal' | 'onStderr'>>,
    Omit<GitEnvironmentOptions, 'path'> {
  /**
   * A repository of the server: bare, or a git directory apart from its work tree. Never one that an agent can write, whose
   * settings could run programs with the server's rights: that is for `sandbox-git.ts`. Undefined for commands without one.
   */
  gitDir?: string | undefined;
  /** Where it runs; the git directory by default. */
  cwd?: string | undefined;
}

/** Runs git with the rights of the server, on repositories that only the server writes. */
export interface ServerGit {
  /** Runs a command to its end; never rejects. */
  run(args: readonly string[], options?: GitOptions): Promise<GitOutcome>;
  /**
   * The standard output of a command that must succeed.
   * @throws CspError `internal` with the end of what git said; `invalid_request` where git is not installed.
   */
  read(args: readonly string[], options?: GitOptions): Promise<Buffer>;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_SHOWN_CHARS = 1000;

export function createServerGit({ path }: { path: string }): ServerGit {
  const git: ServerGit = {
    run: (
      args,
      { gitDir, cwd = gitDir ?? '/', timeoutMs = TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES, ...options } = {},
    ) =>
      runProgram('git', [...(gitDir === undefined ? [] : ['--git-dir', gitDir]), ...args], {
        ...{ cwd, timeoutMs, maxOutputBytes, env: toGitEnvironment({ path, ...options }) },
        ...{ input: options.input, signal: options.signal, onStderr: options.onStderr },
      }),
    async read(args, options) {
      const outcome = await git.run(args, options);
      if (outcome.ok) return outcome.stdout;
      throw toGitError(args, outcome);
    },
  };
  return git;
}

/** The error for a command whose failure nobody expects. */
export function toGitError([command = '']: readonly string[], outcome: Exclude<GitOutcome, { ok: true }>): CspError {
  if (outcome.reason === 'missing')
    return new CspError('invalid_request', 'There is no git on this server. Install it, in the PATH of the server');
  const said = outcome.stderr.trim().slice(-MAX_SHOWN_CHARS);
  return new CspError('internal', `git ${command} ${REASONS[outcome.reason]}${said === '' ? '' : `: ${said}`}`);
}

const REASONS = {
  exit: 'failed',
  late: 'took too long and was ended',
  too_much: 'wrote more than is read and was ended',
  stopped: 'was stopped',
} as const;
