import { CspError } from '@claude-sdk-pattern/protocol';

import type { ProcessLimits } from '../../lib/process-limits.ts';
import { runProgram, type ProgramOptions, type ProgramOutcome } from '../../lib/run-program.ts';
import { toGitEnvironment, type GitConfig, type GitEnvironmentOptions } from './git-environment.ts';

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
  /** Of each of its processes. */
  readonly limits: ProcessLimits | undefined;
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

/** So that a large object is not held in memory, and no step takes more for each processor that there is. */
export const SPARING: GitConfig = [
  ['core.bigFileThreshold', '32m'],
  ['core.deltaBaseCacheLimit', '64m'],
  ['pack.threads', '2'],
  ['pack.windowMemory', '128m'],
  ['pack.deltaCacheSize', '64m'],
];

export interface ServerGitDeps {
  /** Where git is looked for. */
  path: string;
  /** Of each process of git: what it reads was written by strangers. */
  limits?: ProcessLimits | undefined;
}

export function createServerGit({ path, limits }: ServerGitDeps): ServerGit {
  const git: ServerGit = {
    limits,
    run: (
      args,
      { gitDir, cwd = gitDir ?? '/', timeoutMs = TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES, ...options } = {},
    ) => {
      const config = [...SPARING, ...(options.config ?? [])];
      return runProgram('git', [...(gitDir === undefined ? [] : ['--git-dir', gitDir]), ...args], {
        ...{ cwd, timeoutMs, maxOutputBytes, limits, env: toGitEnvironment({ path, ...options, config }) },
        ...{ input: options.input, signal: options.signal, onStderr: options.onStderr },
      });
    },
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

/** By the words of git 2.39 and the numbers of Linux: a process of git was refused memory, or has used up its time or its room. */
const AT_LIMIT =
  /Out of memory|Cannot allocate memory|unable to create thread|File too large|died of signal (?:9|24|25)\b|File size limit|CPU time limit/;

/** Whether git has ended because it wanted more than it may use. */
export function isAtLimit(outcome: Exclude<GitOutcome, { ok: true }>): boolean {
  return outcome.reason === 'exit' && (outcome.code === null || AT_LIMIT.test(outcome.stderr));
}

const REASONS = {
  exit: 'failed',
  late: 'took too long and was ended',
  too_much: 'wrote more than is read and was ended',
  stopped: 'was stopped',
} as const;
