import type { MarkedProcess } from './marked-processes.ts';
import { TICKS_PER_SECOND } from './parse-proc.ts';

/** A process that was started here: the CLI, or its sandbox around it. */
export interface ProcessRoot {
  id: string;
  pid: number;
}

/** A process that was started here, with all that it has started. */
export interface ProcessTree extends ProcessRoot {
  ageSeconds: number;
  /** Sum over the tree; pages that its processes share count for each. Files in memory are added later. */
  rssBytes: number;
  cpuSeconds: number;
  processes: (MarkedProcess & { rssBytes: number })[];
}

/** Processes of this server that nobody owns: left by an ended process, or lost. */
export interface UnownedGroup {
  marker: string;
  processes: MarkedProcess[];
}

export interface Forest {
  trees: ProcessTree[];
  unowned: UnownedGroup[];
}

export interface BuildTreesOptions {
  roots: readonly ProcessRoot[];
  uptimeSeconds: number;
  pageSize: number;
}

/**
 * Sorts the processes of this server into trees. A root has its descendants, and every process with its marker that
 * started later: a child that changed its process session and lost its parent. A process with the marker that started
 * earlier was left by an earlier process of the same session.
 */
export function buildTrees(processes: readonly MarkedProcess[], options: BuildTreesOptions): Forest {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const members = new Map<ProcessRoot, MarkedProcess[]>();
  const rootByPid = new Map<number, ProcessRoot>();
  const rootByMarker = new Map<string, { root: ProcessRoot; startTicks: number }>();
  for (const root of options.roots) {
    const found = byPid.get(root.pid);
    if (found === undefined) continue;
    members.set(root, []);
    rootByPid.set(root.pid, root);
    rootByMarker.set(found.marker, { root, startTicks: found.startTicks });
  }

  const unowned = new Map<string, UnownedGroup>();
  for (const process of processes) {
    const byMarker = rootByMarker.get(process.marker);
    const isLaterThanRoot = byMarker !== undefined && process.startTicks >= byMarker.startTicks;
    const root = findByAncestor(process, byPid, rootByPid) ?? (isLaterThanRoot ? byMarker.root : undefined);
    if (root !== undefined) members.get(root)?.push(process);
    else {
      const group = unowned.get(process.marker) ?? { marker: process.marker, processes: [] };
      group.processes.push(process);
      unowned.set(process.marker, group);
    }
  }
  const trees = [...members].map(([root, ofRoot]) => toTree(root, ofRoot, options));
  return { trees, unowned: [...unowned.values()] };
}

function findByAncestor(
  process: MarkedProcess,
  byPid: ReadonlyMap<number, MarkedProcess>,
  rootByPid: ReadonlyMap<number, ProcessRoot>,
): ProcessRoot | undefined {
  let each: MarkedProcess | undefined = process;
  for (let depth = 0; each !== undefined && depth <= byPid.size; depth += 1) {
    const root = rootByPid.get(each.pid);
    if (root !== undefined) return root;
    each = byPid.get(each.parentPid);
  }
  return undefined;
}

function toTree({ id, pid }: ProcessRoot, processes: MarkedProcess[], options: BuildTreesOptions): ProcessTree {
  const root = processes.find((process) => process.pid === pid);
  const sum = (of: (process: MarkedProcess) => number) => processes.reduce((total, each) => total + of(each), 0);
  return {
    id,
    pid,
    ageSeconds: Math.max(0, options.uptimeSeconds - (root?.startTicks ?? 0) / TICKS_PER_SECOND),
    rssBytes: sum((process) => process.rssPages) * options.pageSize,
    cpuSeconds: sum((process) => process.cpuTicks) / TICKS_PER_SECOND,
    processes: processes.map((process) => ({ ...process, rssBytes: process.rssPages * options.pageSize })),
  };
}
