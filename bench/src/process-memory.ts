import { readFile } from 'node:fs/promises';

export interface ProcessMemory {
  /** Resident memory in MB of 2^20 bytes, with all of the pages that are shared with other processes. */
  rssMb: number;
  /** The same with shared pages divided among the processes that share them. */
  pssMb: number;
}

/** Undefined if the process has ended, belongs to another user, or the system is not Linux. */
export async function readProcessMemory(pid: number): Promise<ProcessMemory | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const find = (name: string) => new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1];
  const [rss, pss] = [find('Rss'), find('Pss')];
  if (rss === undefined || pss === undefined) return undefined;
  return { rssMb: Number(rss) / 1024, pssMb: Number(pss) / 1024 };
}
