import { readFile, readdir } from 'node:fs/promises';

import { PROCESS_MARKER } from './agent-environment.ts';

/** What is ended may have made another process meanwhile; one that does so forever is not followed forever. */
const MAX_PASSES = 5;

/**
 * Ends every process whose environment carries the marker: `NODE/SESSION` for what one session left running, `NODE/`
 * for what a dead server of ours did. Found by the marker alone, so children that changed their group or session are
 * found too, and nothing else is touched. Answers how many were ended. Linux only; elsewhere it finds nothing.
 */
export async function endMarkedProcesses(marker: string): Promise<number> {
  const ended = new Set<number>();
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const found = (await findMarkedProcesses(marker)).filter((pid) => !ended.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      ended.add(pid);
      kill(pid);
    }
  }
  return ended.size;
}

async function findMarkedProcesses(marker: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const variable = `${PROCESS_MARKER}=${marker}`;
  const matches = (each: string) => (marker.endsWith('/') ? each.startsWith(variable) : each === variable);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Processes of other users and those that end meanwhile cannot be read; neither is ours to end.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').some(matches) ? pid : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined && pid !== process.pid) as number[];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
