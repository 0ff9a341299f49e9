import { spawn } from 'node:child_process';

import { CspError } from '@claude-sdk-pattern/protocol';

const TIMEOUT_MS = 5 * 60 * 1000;
/** Of what it said, for whom the explanation is not enough. */
const MAX_SHOWN_CHARS = 4000;
const KILL_AFTER_MS = 5000;
const MAX_OUTPUT_CHARS = 64 * 1024;
/** The shell's own answer for a program that it does not find. */
const NOT_FOUND = 127;
/** Ends the process group once the server has closed the input, also because it was killed. */
const WATCHED = 'exec 3<&0; (cat <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

export interface ToolOptions {
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** How it is called when it fails: `npm could not get …`. */
  doing: string;
  /** Why it failed and what to do, of what it wrote to its standard error; undefined for what is not known. */
  explain?(errors: string): string | undefined;
  /** Ends it at once. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs npm or git to its end.
 * @returns What it wrote on its standard output.
 * @throws CspError `invalid_request` with the end of what it said, where it fails, is missing or takes too long. Where `explain` knows why,
 * that is the message, and what it said is `output` in the details.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  { cwd, env, doing, explain, signal: stopped }: ToolOptions,
): Promise<string> {
  const script = ['-c', WATCHED, 'sh', command, ...args];
  const child = spawn('/bin/sh', script, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.once('exit', () => child.stdin.destroy());
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-MAX_OUTPUT_CHARS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_OUTPUT_CHARS);
  });
  let isLate = false;
  const end = (signal: NodeJS.Signals) => {
    try {
      // What it started is in its process group.
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  let killing: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    isLate = true;
    end('SIGTERM');
    killing = setTimeout(() => end('SIGKILL'), KILL_AFTER_MS);
  }, TIMEOUT_MS);
  const stop = () => end('SIGKILL');
  stopped?.addEventListener('abort', stop, { once: true });
  if (stopped?.aborted === true) stop();
  const { promise, resolve } = Promise.withResolvers<number | Error | null>();
  child.on('error', resolve);
  child.on('close', resolve);
  const ending = await promise;
  clearTimeout(timer);
  clearTimeout(killing);
  stopped?.removeEventListener('abort', stop);
  if (ending === 0) return output;
  const known = ending instanceof Error || isLate ? undefined : explain?.(errors);
  const reason = known ?? (ending instanceof Error ? ending.message : toReason(errors, isLate));
  const remedy = ending === NOT_FOUND ? `. Install ${command} on the server, in the PATH of the server` : '';
  throw new CspError('invalid_request', `${command} could not ${doing}: ${reason}${remedy}`, {
    details: { field: 'source', ...(known !== undefined && { output: errors.trim().slice(-MAX_SHOWN_CHARS) }) },
  });
}

/** The last lines, without the address of a debug log. */
function toReason(errors: string, isLate: boolean): string {
  if (isLate) return `it took more than ${TIMEOUT_MS / 60_000} minutes`;
  const said = errors.split('\n').map((line) => line.replace(/^npm (?:error|ERR!)\s?/, ''));
  const lines = said.filter((line) => line.trim() !== '' && !/complete log of this run|_logs/.test(line));
  return lines.slice(-8).join(' ').slice(-1000) || 'it did not say why';
}
