import type { MarkedProcess } from './marked-processes.ts';
import { TICKS_PER_SECOND } from './parse-proc.ts';

/** Who has an agent process. */
export interface ProcessOwner {
  /** Of the process that was started: the CLI, or its sandbox around it. */
  pid: number;
  /** Null for a spare. */
  sessionId: string | null;
  /** Whether it works on a turn now. */
  isWorking: boolean;
}

/** An agent process with all that it has started. */
export interface ProcessTree {
  owner: ProcessOwner;
  /** Of the root. */
  pid: number;
  ageSeconds: number;
  /** Sum over the tree; pages that its processes share count for each. A sweep adds files in memory. */
  rssBytes: number;
  cpuSeconds: number;
  processes: (MarkedProcess & { rssBytes: number })[];
}

/** Processes of ours that belong to nobody: what a process left behind when it ended, or one that was lost. */
export interface UnownedGroup {
  marker: string;
  processes: MarkedProcess[];
}

export interface Forest {
  trees: ProcessTree[];
  unowned: UnownedGroup[];
}

export interface BuildTreesOptions {
  owners: readonly ProcessOwner[];
  uptimeSeconds: number;
  pageSize: number;
}

/**
 * Sorts our processes into trees. To an owner belongs what descends from its process, and what carries the same marker
 * and started later: a child that changed its session and lost its parent. What carries the marker but is older was
 * left by an earlier process of the same session.
 */
export function buildTrees(processes: readonly MarkedProcess[], options: BuildTreesOptions): Forest {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const members = new Map<ProcessOwner, MarkedProcess[]>();
  const ownerOfRoot = new Map<number, ProcessOwner>();
  const roots = new Map<string, { root: MarkedProcess; owner: ProcessOwner }>();
  for (const owner of options.owners) {
    const root = byPid.get(owner.pid);
    if (root === undefined) continue;
    members.set(owner, []);
    ownerOfRoot.set(owner.pid, owner);
    roots.set(root.marker, { root, owner });
  }

  const unowned = new Map<string, UnownedGroup>();
  for (const process of processes) {
    const byMarker = roots.get(process.marker);
    const isLaterThanRoot = byMarker !== undefined && process.startTicks >= byMarker.root.startTicks;
    const owner = findByAncestor(process, byPid, ownerOfRoot) ?? (isLaterThanRoot ? byMarker.owner : undefined);
    if (owner !== undefined) members.get(owner)?.push(process);
    else {
      const group = unowned.get(process.marker) ?? { marker: process.marker, processes: [] };
      group.processes.push(process);
      unowned.set(process.marker, group);
    }
  }
  const trees = [...members].map(([owner, ofOwner]) => toTree(owner, ofOwner, options));
  return { trees, unowned: [...unowned.values()] };
}

function findByAncestor(
  process: MarkedProcess,
  byPid: ReadonlyMap<number, MarkedProcess>,
  ownerOfRoot: ReadonlyMap<number, ProcessOwner>,
): ProcessOwner | undefined {
  let each: MarkedProcess | undefined = process;
  for (let depth = 0; each !== undefined && depth <= byPid.size; depth += 1) {
    const owner = ownerOfRoot.get(each.pid);
    if (owner !== undefined) return owner;
    each = byPid.get(each.parentPid);
  }
  return undefined;
}

function toTree(owner: ProcessOwner, processes: MarkedProcess[], options: BuildTreesOptions): ProcessTree {
  const root = processes.find((process) => process.pid === owner.pid);
  const sum = (of: (process: MarkedProcess) => number) => processes.reduce((total, each) => total + of(each), 0);
  return {
    owner,
    pid: owner.pid,
    ageSeconds: Math.max(0, options.uptimeSeconds - (root?.startTicks ?? 0) / TICKS_PER_SECOND),
    rssBytes: sum((process) => process.rssPages) * options.pageSize,
    cpuSeconds: sum((process) => process.cpuTicks) / TICKS_PER_SECOND,
    processes: processes.map((process) => ({ ...process, rssBytes: process.rssPages * options.pageSize })),
  };
}
