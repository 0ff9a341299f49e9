import type { ChildProcessWithoutNullStreams as ChildProcess } from 'node:child_process';

import { resolvesWithin } from '../lib/within.ts';

/** How long each rung of the ladder waits for the process to end by itself, in milliseconds. */
export interface TerminationTimes {
  afterStdinMs: number;
  afterSigtermMs: number;
}

const DEFAULT_TIMES: TerminationTimes = { afterStdinMs: 2000, afterSigtermMs: 3000 };

/**
 * Ends a process and its whole group in steps: close stdin, wait, SIGTERM, wait, SIGKILL, await the exit. Then it
 * kills what tools left in the group, even if the process ended at once. Resolves when all of it is gone.
 */
export async function terminate(child: ChildProcess, times: TerminationTimes = DEFAULT_TIMES): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const exited = waitForExit(child);
  child.stdin.destroy();
  if (!(await resolvesWithin(exited, times.afterStdinMs))) {
    signalGroup(pid, 'SIGTERM');
    if (!(await resolvesWithin(exited, times.afterSigtermMs))) signalGroup(pid, 'SIGKILL');
    await exited;
  }
  // The group lives on while a tool's child runs; its leader is gone, so it is killed.
  signalGroup(pid, 'SIGKILL');
}

/** Ends a process and its group at once. */
export function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the group is gone, as intended. EPERM: what is left of it is dead or another user's.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function waitForExit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
  });
}
