import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

export interface ToolOptions {
  env?: Readonly<Record<string, string | undefined>>;
  /** Goes into its standard input. */
  input?: string | Readable;
  /** Adds what it wrote to standard error. */
  withErrors?: boolean;
}

/**
 * Runs a program of the machine to its end and resolves with what it printed.
 * @throws Error with its last lines when it fails.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  { env = {}, input, withErrors = false }: ToolOptions = {},
): Promise<string> {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // A program that ends early reads nothing more: its exit says why.
  child.stdin.on('error', () => undefined);
  if (input === undefined || typeof input === 'string') child.stdin.end(input);
  else input.pipe(child.stdin);
  const [out, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code === 0) return withErrors ? out + errors : out;
  const tail = `${out}\n${errors}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${file} ${args.slice(0, 4).join(' ')} … ended with ${code ?? signal}:\n${tail}`);
}
