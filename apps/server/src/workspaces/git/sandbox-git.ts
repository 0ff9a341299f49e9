import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { toLimitArgs, type ProcessLimits } from '../../lib/process-limits.ts';
import { collect } from '../../lib/run-program.ts';
import { resolvesWithin } from '../../lib/within.ts';
import { toGitEnvironment, type GitEnvironmentOptions } from './git-environment.ts';
import { toGitError, type GitOptions, type GitOutcome } from './run-git.ts';

/** What this needs of a host; `Host` of hosts/host.ts is one. */
export interface GitHost {
  readonly confines: boolean;
  start(request: GitStart): GitProcess;
}

interface GitStart {
  label: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  writableDirs: readonly string[];
  readableDirs: readonly string[];
  showsCommand: boolean;
  networking: 'limited' | 'unrestricted';
  callsModel: boolean;
  maxRssBytes: number | undefined;
  onStderr(text: string): void;
}

interface GitProcess {
  readonly id: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  once(event: 'exit', listener: (code: number | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  kill(): boolean;
  end(): Promise<unknown>;
}

export interface SandboxGitOptions
  extends
    Pick<GitOptions, 'input' | 'timeoutMs' | 'maxOutputBytes' | 'signal' | 'onStderr'>,
    Pick<GitEnvironmentOptions, 'config' | 'env' | 'protocols'> {
  /** The work tree, or a folder in it. */
  cwd: string;
  /** What git may write: the workspace, as a rule. */
  writableDirs: readonly string[];
  /** What it may read beside that and the system: the objects that the repository borrows. */
  readableDirs?: readonly string[] | undefined;
  /** Of each process of git, beside those of the sandbox. */
  limits?: ProcessLimits | undefined;
  /** Whether it reaches the model gateway, with the door to git servers, and nothing else. `env` names it. */
  callsModel?: boolean | undefined;
}

/** Runs git on repositories that agents can write, and on what git servers send, with the rights of an agent and without a network, but for the door. */
export interface SandboxGit {
  /** Whether it does; else it runs with the rights of the server's user. */
  readonly confines: boolean;
  /** Runs a command to its end; never rejects. */
  run(args: readonly string[], options: SandboxGitOptions): Promise<GitOutcome>;
  /** The standard output of a command that must succeed. @throws CspError `internal` with the end of what git said. */
  read(args: readonly string[], options: SandboxGitOptions): Promise<Buffer>;
  /** Ids of the processes that run, which belong to no session. The supervisor ends what it does not know. */
  listProcessIds(): string[];
}

/** A person waits for it. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_CHARS = 64 * 1024;
const OUTPUT_WAIT_MS = 500;

export interface SandboxGitDeps {
  host: GitHost;
  path: string;
  /** What one command may use with all that it starts, such as a filter of the repository. */
  maxRssBytes?: number | undefined;
}

/**
 * What such a repository configures, or brings as a filter, a hook or a diff driver, is run in the sandbox like a command of the
 * agent, and reaches less than the agent does. Hooks are off all the same, because a person has asked for something else. On a host that does
 * not confine, git runs as agents do there: with the rights of the server's user. Nobody has allowed what it would run, so `assert-plain-config.ts`
 * refuses repositories that configure something to run.
 */
export function createSandboxGit({ host, path, maxRssBytes }: SandboxGitDeps): SandboxGit {
  const running = new Set<string>();
  const git: SandboxGit = {
    confines: host.confines,
    async run(
      args,
      { cwd, writableDirs, readableDirs = [], timeoutMs = TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES, ...options },
    ) {
      const { input, signal, onStderr, config, env, protocols, limits, callsModel = false } = options;
      const [command, ...first] = [...(limits ? toLimitArgs(limits) : []), 'git'];
      let stderr = '';
      let hosted: GitProcess;
      try {
        hosted = host.start({
          ...{
            label: `git.${randomUUID()}`,
            command,
            args: [...first, ...args],
            cwd,
            writableDirs,
            readableDirs,
            showsCommand: false,
          },
          env: toGitEnvironment({ path, config, env, protocols }),
          networking: host.confines ? 'limited' : 'unrestricted',
          ...{ callsModel, maxRssBytes },
          onStderr(text) {
            stderr = (stderr + text).slice(-MAX_ERROR_CHARS);
            onStderr?.(text);
          },
        });
      } catch (error) {
        return { ok: false, reason: 'missing', code: null, stdout: Buffer.alloc(0), stderr: String(error) };
      }
      running.add(hosted.id);
      const ended = Promise.withResolvers<number | null | Error>();
      hosted.once('exit', ended.resolve);
      hosted.once('error', ended.resolve);
      let stopped: 'late' | 'too_much' | 'stopped' | undefined;
      const stop = (reason: typeof stopped) => {
        stopped ??= reason;
        hosted.kill();
      };
      const output = collect({ stdout: hosted.stdout }, { maxOutputBytes, end: () => stop('too_much') });
      const read = finished(hosted.stdout, { cleanup: true }).catch(() => undefined);
      const timer = setTimeout(() => stop('late'), timeoutMs);
      const onAbort = () => stop('stopped');
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      hosted.stdin.on('error', () => undefined).end(input);
      const code = await ended.promise;
      // What git wrote last is still on its way, unless something that it started holds the pipe open.
      if (stopped === undefined && !(code instanceof Error)) await resolvesWithin(read, OUTPUT_WAIT_MS);
      await hosted.end();
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      running.delete(hosted.id);
      const { stdout } = output();
      if (code instanceof Error) return { ok: false, reason: 'missing', code: null, stdout, stderr: code.message };
      if (code === 0 && stopped === undefined) return { ok: true, stdout, stderr };
      return { ok: false, reason: stopped ?? 'exit', code, stdout, stderr };
    },
    async read(args, options) {
      const outcome = await git.run(args, options);
      if (outcome.ok) return outcome.stdout;
      throw toGitError(args, outcome);
    },
    listProcessIds: () => [...running],
  };
  return git;
}
