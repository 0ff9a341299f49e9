import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { PROCESS_MARKER } from './process-marker.ts';
import { isShortage } from './proc/proc-errors.ts';

/** What is ended may have made another process meanwhile; one that does so forever is not followed forever. */
const MAX_PASSES = 5;
/** Files that are open at once. */
const BATCH = 32;
/** Wait while the server lacks descriptors: other work frees some. */
const RETRY_MS = 100;
const MAX_RETRIES = 20;

/**
 * Ends every process whose environment has the marker: `NODE/SESSION` for what one session left, `NODE/` for what a
 * dead server left. The marker alone decides, so children that changed their group or process session are found, and
 * no other process is touched. Returns how many were ended. On systems other than Linux it finds none.
 * @throws Error when the processes cannot be listed because the server lacks descriptors.
 */
export async function endMarkedProcesses(marker: string): Promise<number> {
  const ended = new Set<number>();
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const found = (await findPatiently(marker)).filter((pid) => !ended.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      ended.add(pid);
      kill(pid);
    }
  }
  return ended.size;
}

async function findPatiently(marker: string): Promise<number[]> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await findMarkedProcesses(marker);
    } catch (error) {
      if (retries < MAX_RETRIES) await delay(RETRY_MS);
      else {
        const text = `The processes marked ${marker} cannot be listed: the server has too few file descriptors (ulimit -n)`;
        throw new Error(text, { cause: error });
      }
    }
  }
}

async function findMarkedProcesses(marker: string): Promise<number[]> {
  const names = await readdir('/proc').catch((error: unknown) => {
    if (isShortage(error)) throw error;
    return [];
  });
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const variable = `${PROCESS_MARKER}=${marker}`;
  const matches = (each: string) => (marker.endsWith('/') ? each.startsWith(variable) : each === variable);
  const found: number[] = [];
  for (let start = 0; start < pids.length; start += BATCH) {
    const batch = pids.slice(start, start + BATCH);
    const environments = await Promise.all(batch.map((pid) => readEnvironment(pid)));
    found.push(...batch.filter((_, index) => environments[index]?.split('\0').some(matches)));
  }
  return found.filter((pid) => pid !== process.pid);
}

/** Environments of other users' processes and of ended ones cannot be read. Neither is this server's. */
async function readEnvironment(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    if (isShortage(error)) throw error;
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
