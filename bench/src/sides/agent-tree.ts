import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { listProcesses, type RunningProcess, type TestServer } from '@claude-sdk-pattern/testkit';

import { readProcessMemory, type ProcessMemory } from '../process-memory.ts';

/** USER_HZ: 100 on every architecture of Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the agent processes of a server have in their environment, and the server itself has not. */
export function toAgentMarker(server: Pick<TestServer, 'dataDir'>): string {
  return join(server.dataDir, 'agents');
}

/** The Claude Code processes with the marker: neither their sandboxes nor what their tools have started. */
export async function listAgents(marker: string): Promise<RunningProcess[]> {
  const running = await listProcesses(marker);
  return running.filter(({ command }) => command.includes('--input-format') && !command.startsWith('bwrap'));
}

/** Memory of all processes with the marker, sandboxes and tools included. */
export async function readTreeMemory(marker: string): Promise<ProcessMemory> {
  const memories = await Promise.all((await listProcesses(marker)).map(({ pid }) => readProcessMemory(pid)));
  const known = memories.filter((memory) => memory !== undefined);
  const sum = (of: keyof ProcessMemory) => known.reduce((total, memory) => total + memory[of], 0);
  return { rssMb: sum('rssMb'), pssMb: sum('pssMb') };
}

/** Processor time that all processes with the marker, and their children that ended, have taken, in seconds. */
export async function readTreeCpuSeconds(marker: string): Promise<number> {
  const running = await listProcesses(marker);
  const times = await Promise.all(running.map(({ pid }) => readCpuTicks(pid)));
  return times.reduce((total, ticks) => total + ticks, 0) / TICKS_PER_SECOND;
}

/** Fields 14 to 17 of `man 5 proc_pid_stat`: user and system time, its own and of children that it has waited for. */
async function readCpuTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name before the state may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
}
