import { PROCESS_MARKER } from '../process-marker.ts';
import { TICKS_PER_SECOND, findVariable, type ProcStat } from './parse-proc.ts';
import type { ProcReader } from './proc-reader.ts';

/** A running process of ours. */
export interface MarkedProcess extends ProcStat {
  /** The value of the marker, `NODE/SESSION`; that of its parent where it has dropped it. */
  marker: string;
}

export interface MarkedProcesses {
  /** All running processes that were started for this node, at any depth. */
  scan(): Promise<MarkedProcess[]>;
}

/** Between fork and exec a process shows the environment of its parent; older ones do not change theirs. */
const SETTLED_AFTER_SECONDS = 10;
/** So many are looked at before the server may do other things. */
const BATCH = 200;

interface Verdict {
  startTicks: number;
  marker: string | undefined;
}

/**
 * Finds our processes in one pass over `/proc`: by the marker in their environment, or by their parent. What was found
 * once is remembered, so the environment of a process is read once, and a child that dropped its environment and
 * changed its session stays known after its parent has gone.
 */
export function createMarkedProcesses(options: { proc: ProcReader; nodeId: string }): MarkedProcesses {
  const { proc, nodeId } = options;
  const variable = { name: PROCESS_MARKER, prefix: `${nodeId}/` };
  let verdicts = new Map<number, Verdict>();

  const scanStats = async (): Promise<Map<number, ProcStat>> => {
    const stats = new Map<number, ProcStat>();
    let inBatch = 0;
    for (const pid of proc.listPids()) {
      const stat = proc.readStat(pid);
      if (stat !== undefined) stats.set(pid, stat);
      if (++inBatch % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return stats;
  };

  return {
    async scan() {
      const stats = await scanStats();
      const uptime = proc.uptimeSeconds();
      const next = new Map<number, Verdict>();

      const judge = (stat: ProcStat): string | undefined => {
        const done = next.get(stat.pid);
        if (done !== undefined) return done.marker;
        const known = verdicts.get(stat.pid);
        const isKnown = known?.startTicks === stat.startTicks;
        const settled = uptime - stat.startTicks / TICKS_PER_SECOND > SETTLED_AFTER_SECONDS;
        let marker = isKnown ? known.marker : undefined;
        if (marker === undefined && !(isKnown && settled)) marker = findVariable(proc.readEnviron(stat.pid), variable);
        // Set before its parent is asked, so that a pid that came back as its own ancestor ends the walk.
        next.set(stat.pid, { startTicks: stat.startTicks, marker });
        const parent = stats.get(stat.parentPid);
        if (marker === undefined && parent !== undefined) {
          marker = judge(parent);
          next.set(stat.pid, { startTicks: stat.startTicks, marker });
        }
        return marker;
      };

      const found: MarkedProcess[] = [];
      for (const stat of stats.values()) {
        const marker = judge(stat);
        if (marker !== undefined) found.push({ ...stat, marker });
      }
      verdicts = next;
      return found;
    },
  };
}
