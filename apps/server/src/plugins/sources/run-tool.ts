import { CspError } from '@claude-sdk-pattern/protocol';

import { runProgram } from '../../lib/run-program.ts';

const TIMEOUT_MS = 5 * 60 * 1000;
/** Of what it said, for whom the explanation is not enough. */
const MAX_SHOWN_CHARS = 4000;
const MAX_OUTPUT_CHARS = 64 * 1024;
/** Far above what npm and git write. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Far above what a plugin needs: what is fetched was written by strangers. */
const LIMITS = { maxRssBytes: 2 * 1024 ** 3, maxFileBytes: 2 * 1024 ** 3, maxCpuSeconds: 10 * 60 };

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
  { cwd, env, doing, explain, signal }: ToolOptions,
): Promise<string> {
  const limits = { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES, limits: LIMITS };
  const ended = await runProgram(command, args, { cwd, env, signal, ...limits });
  if (ended.ok) return ended.stdout.toString('utf8').slice(-MAX_OUTPUT_CHARS);
  const { reason: why, stderr: errors } = ended;
  const isLate = why === 'late';
  const known = isLate ? undefined : explain?.(errors);
  const reason = known ?? toReason(errors, isLate);
  const remedy = why === 'missing' ? `. Install ${command} on the server, in the PATH of the server` : '';
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
