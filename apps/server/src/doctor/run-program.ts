import { execFile } from 'node:child_process';

export type ProgramOutcome = { ok: true; output: string } | { ok: false; reason: string };

const TIMEOUT_MS = 10_000;

/** Runs a program to its end with a bare environment and a limit of 10 seconds; never throws. */
export function runProgram(file: string, args: readonly string[]): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' };
    execFile(file, args, { env, timeout: TIMEOUT_MS, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) resolve({ ok: true, output: stdout.trim() });
      else if (error.code === 'ENOENT') resolve({ ok: false, reason: 'is not installed' });
      else if (error.killed === true) resolve({ ok: false, reason: `did not answer within ${TIMEOUT_MS / 1000} s` });
      else resolve({ ok: false, reason: `failed: ${stderr.trim().split('\n')[0] || error.message}` });
    });
  });
}
