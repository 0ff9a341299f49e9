import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { toLimitArgs, type ProcessLimits } from './process-limits.ts';

/** What a program wrote: all of its standard output, and the end of its standard error. */
export interface ProgramOutput {
  stdout: Buffer;
  stderr: string;
}

/**
 * How a program ended. `exit`: with a code that is not 0, or by a signal of somebody else (`code` is null). `late`: it took longer
 * than it may. `too_much`: it wrote more than it may. `stopped`: by the caller's signal. `missing`: there is no such program.
 */
export type ProgramOutcome = ProgramOutput &
  ({ ok: true } | { ok: false; reason: 'exit' | 'late' | 'too_much' | 'stopped' | 'missing'; code: number | null });

export interface ProgramOptions {
  cwd: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** Whose rights it has, where the server is root. It starts in `cwd` all the same. */
  user?: { uid: number; gid: number } | undefined;
  /** Its standard input; empty without one. */
  input?: string | Uint8Array | undefined;
  timeoutMs: number;
  /** Of its standard output. */
  maxOutputBytes: number;
  /** Of each process that it starts, where the system has prlimit(1). */
  limits?: ProcessLimits | undefined;
  /** Ends it at once. */
  signal?: AbortSignal | undefined;
  /** Gets its standard error as it comes, such as progress. */
  onStderr?: ((text: string) => void) | undefined;
}

const KILL_AFTER_MS = 5000;
const MAX_ERROR_CHARS = 64 * 1024;
/** The shell's own answer for a program that it does not find. */
const NOT_FOUND = 127;
/** Ends the process group once the server has closed descriptor 3, also because it was killed. */
const WATCHED = '(read -r _ <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&-';

/** Runs a program of the server to its end, and everything that it started. Never rejects. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env, user, input, timeoutMs, maxOutputBytes, limits, signal, onStderr }: ProgramOptions,
): Promise<ProgramOutcome> {
  const limited = [...(limits ? toLimitArgs(limits) : []), command, ...args];
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', ...limited], {
    ...{ cwd, env, detached: true, ...user },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const life = child.stdio[3] as Writable | null | undefined;
  const output = collect(
    { stdout: child.stdout, stderr: child.stderr },
    { maxOutputBytes, onStderr, end: () => stop('too_much') },
  );
  let stopped: 'late' | 'too_much' | 'stopped' | undefined;
  let killing: NodeJS.Timeout | undefined;
  const kill = (killSignal: NodeJS.Signals) => {
    try {
      // What it started is in its process group.
      if (child.pid !== undefined) process.kill(-child.pid, killSignal);
    } catch {
      // It has ended.
    }
  };
  const stop = (reason: typeof stopped) => {
    stopped ??= reason;
    if (reason !== 'late') return kill('SIGKILL');
    kill('SIGTERM');
    killing = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  };
  const timer = setTimeout(() => stop('late'), timeoutMs);
  const onAbort = () => stop('stopped');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  life?.on('error', () => undefined);
  child.once('exit', () => life?.destroy());
  // A program that reads nothing of it says so by its end.
  child.stdin.on('error', () => undefined).end(input);
  const { promise, resolve } = Promise.withResolvers<number | Error | null>();
  child.on('error', resolve);
  child.on('close', resolve);
  const ending = await promise;
  clearTimeout(timer);
  clearTimeout(killing);
  signal?.removeEventListener('abort', onAbort);
  if (ending === 0 && stopped === undefined) return { ok: true, ...output() };
  if (ending instanceof Error)
    return { ok: false, reason: 'missing', code: null, stdout: Buffer.alloc(0), stderr: ending.message };
  return { ok: false, reason: stopped ?? (ending === NOT_FOUND ? 'missing' : 'exit'), code: ending, ...output() };
}

/** Collects what a program writes. `end` is called once, with the first byte that is too much. */
export function collect(
  { stdout, stderr }: { stdout: Readable; stderr?: Readable },
  { maxOutputBytes, onStderr, end }: Pick<ProgramOptions, 'maxOutputBytes' | 'onStderr'> & { end(): void },
): () => ProgramOutput {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let errors = '';
  stdout.on('data', (chunk: Buffer) => {
    if (bytes > maxOutputBytes) return;
    bytes += chunk.length;
    if (bytes > maxOutputBytes) end();
    else chunks.push(chunk);
  });
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_ERROR_CHARS);
    onStderr?.(text);
  });
  return () => ({ stdout: Buffer.concat(chunks), stderr: errors });
}
