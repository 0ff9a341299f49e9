import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { until } from './until.ts';

/** A running process, as read from Linux's /proc. */
export interface RunningProcess {
  pid: number;
  parentPid: number;
  /** The command line, with its arguments separated by blanks. */
  command: string;
}

/**
 * The processes whose command line, environment or working directory contains `marker`. Pass a path that only the
 * tested server and its descendants use, such as its data directory. The calling process is never included. Zombies do
 * not count as running.
 */
export async function listProcesses(marker: string): Promise<RunningProcess[]> {
  // Reads without promises: callers poll, and a thousand promised reads of /proc take ten times as much processor time.
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids
    .filter((pid) => pid !== process.pid)
    .map((pid) => findProcess(pid, marker))
    .filter((running) => running !== undefined);
}

/**
 * Resolves when no process with the marker is left.
 * @throws Error that names the remaining processes.
 */
export async function waitUntilGone(marker: string, timeoutMs = 15_000): Promise<void> {
  let left: RunningProcess[] = [];
  const gone = async () => (left = await listProcesses(marker)).length === 0;
  await until('every process has ended', gone, timeoutMs).catch((error: unknown) => {
    throw new Error(`Still running: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`, {
      cause: error,
    });
  });
}

/**
 * Kills every process with the marker.
 * @throws Error for a marker that other people's processes could contain too.
 */
export async function killProcesses(marker: string): Promise<void> {
  if (!marker.includes('csp-'))
    throw new Error(`"${marker}" does not tell our processes from others; use a csp- folder.`);
  for (const { pid } of await listProcesses(marker)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended since it was listed.
    }
  }
}

function findProcess(pid: number, marker: string): RunningProcess | undefined {
  // "pid (name) state parent …", where the name may hold blanks and parentheses.
  const stat = readProc(pid, 'stat');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === '' || state === 'Z' || state === 'X') return undefined;
  const command = readProc(pid, 'cmdline');
  const isMarked =
    command.includes(marker) || readFolder(pid).includes(marker) || readProc(pid, 'environ').includes(marker);
  return isMarked ? { pid, parentPid: Number(parent), command: command.replaceAll('\0', ' ').trim() } : undefined;
}

/** Empty for a process that has ended or belongs to another user. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Empty as `readProc`. */
function readFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
