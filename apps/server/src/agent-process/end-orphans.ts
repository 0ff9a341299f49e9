import { readFile, readdir } from 'node:fs/promises';

import { PROCESS_MARKER } from './agent-environment.ts';

/**
 * Ends what a dead server of ours left running: every process whose environment carries the marker of this node. Found
 * by the marker alone, so children that changed their group or session are found too, and nothing else is touched.
 * Answers how many were ended. Linux only; elsewhere it finds nothing.
 */
export async function endOrphans(nodeId: string): Promise<number> {
  const prefix = `${PROCESS_MARKER}=${nodeId}/`;
  let ended = 0;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    // Processes of other users and those that end meanwhile cannot be read; neither is ours to end.
    const environment = await readFile(`/proc/${entry}/environ`, 'latin1').catch(() => '');
    if (!environment.split('\0').some((variable) => variable.startsWith(prefix))) continue;
    try {
      process.kill(Number(entry), 'SIGKILL');
      ended += 1;
    } catch {
      // It ended by itself.
    }
  }
  return ended;
}
