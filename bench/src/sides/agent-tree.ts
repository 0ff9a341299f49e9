import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { listProcesses, type RunningProcess, type TestServer } from '@claude-sdk-pattern/testkit';

import { readProcessMemory, type ProcessMemory } from '../process-memory.ts';

/** USER_HZ, which is 100 on every Linux architecture that Node supports. */
const TICKS_PER_SECOND = 100;

/** A variable that the agent processes of a server have in their environment, and the server itself has not. */
export function toAgentMarker(server: Pick<TestServer, 'dataDir'>): string {
  return join(server.dataDir, 'agents');
}

/** The Claude Code processes with the marker, without their sandboxes and the processes of their tools. */
export async function listAgents(marker: string): Promise<RunningProcess[]> {
  const running = await listProcesses(marker);
  return running.filter(({ command }) => command.includes('--input-format') && !/^\S*\bbwrap /.test(command));
}

/** The memory of all processes with the marker, including sandboxes and tools. */
export async function readTreeMemory(marker: string): Promise<ProcessMemory> {
  const memories = await Promise.all((await listProcesses(marker)).map(({ pid }) => readProcessMemory(pid)));
  const known = memories.filter((memory) => memory !== undefined);
  const sum = (of: keyof ProcessMemory) => known.reduce((total, memory) => total + memory[of], 0);
  return { rssMb: sum('rssMb'), pssMb: sum('pssMb') };
}

/** The processor time of all processes with the marker and of their ended children, in seconds. */
export async function readTreeCpuSeconds(marker: string): Promise<number> {
  const running = await listProcesses(marker);
  const times = await Promise.all(running.map(({ pid }) => readCpuTicks(pid)));
  return times.reduce((total, ticks) => total + ticks, 0) / TICKS_PER_SECOND;
}

/**
 * Fields 14 to 17 of `man 5 proc_pid_stat`: user and system time of the process and of the children it has waited for.
 */
async function readCpuTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name before the state may contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
}
