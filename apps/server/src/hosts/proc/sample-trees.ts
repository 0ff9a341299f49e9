import type { UptimeClock } from '../../lib/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { HostSample, TreeSample } from '../host.ts';
import { buildTrees, type ProcessRoot, type ProcessTree } from './build-trees.ts';
import { createMarkedProcesses } from './marked-processes.ts';
import { createOrphanAudit } from './orphan-audit.ts';
import type { ProcReader } from './proc-reader.ts';
import { readTmpfs as readTmpfsOf, type TmpfsUse } from './read-tmpfs.ts';
import { createUnnamedFiles } from './read-unnamed-files.ts';

export interface TreeSampler {
  sample(options: { owned: ReadonlySet<string> }): Promise<HostSample>;
  close(): Promise<void>;
}

export interface TreeSamplerDeps {
  proc: ProcReader;
  nodeId: string;
  clock: UptimeClock;
  logger: Logger;
  /** Every process that was started and has not ended, by id. */
  running: ReadonlyMap<string, { pid: number }>;
  /** The size of the in-memory folders in the sandbox of a tree. */
  readTmpfs?: ((tree: ProcessTree) => Promise<TmpfsUse>) | undefined;
}

const SAMPLES_PER_PSS = 6;
/** The most descriptors that one sample looks at, of all trees together; the next sample continues there. */
const MAX_DESCRIPTORS = 4000;
const MIN_DESCRIPTORS_PER_TREE = 50;
/** A process that starts or is being ended has no owner for some seconds; for longer than this it was lost. */
const MAX_UNCLAIMED_MS = 60_000;

/** Measures all processes of a node in one cheap pass over /proc, and ends those that nobody owns. */
export function createTreeSampler(deps: TreeSamplerDeps): TreeSampler {
  const { proc, clock, running, readTmpfs = readTmpfsOf } = deps;
  const marked = createMarkedProcesses(deps);
  const audit = createOrphanAudit(deps);
  const unnamed = createUnnamedFiles();
  const unclaimedSinceMs = new Map<string, number>();
  let pssBytes = new Map<string, number>();
  let samples = 0;

  /** What is owned, and for a while what was started and is not: it starts, or is on its way out. */
  const listRoots = (owned: ReadonlySet<string>): ProcessRoot[] => {
    const now = clock.uptimeMs();
    for (const id of unclaimedSinceMs.keys()) if (!running.has(id) || owned.has(id)) unclaimedSinceMs.delete(id);
    return [...running].flatMap(([id, { pid }]) => {
      if (owned.has(id)) return [{ id, pid }];
      const since = unclaimedSinceMs.get(id) ?? now;
      unclaimedSinceMs.set(id, since);
      return now - since < MAX_UNCLAIMED_MS ? [{ id, pid }] : [];
    });
  };

  const measurePss = async (trees: readonly ProcessTree[]): Promise<void> => {
    const measured = new Map<string, number>();
    for (const { id, processes } of trees) {
      let total = 0;
      for (const { pid } of processes) total += (await proc.readPssBytes(pid)) ?? 0;
      if (total > 0) measured.set(id, total);
    }
    pssBytes = measured;
  };

  /** Files in memory belong to a tree like its processes. Without a name they are found by who has them open. */
  const addFiles = async (tree: ProcessTree, maxDescriptors: number): Promise<TreeSample> => {
    const { bytes, devices } = await readTmpfs(tree);
    const { memory, disk } = await unnamed.read(tree, { maxDescriptors, counted: devices });
    return {
      ...tree,
      rssBytes: tree.rssBytes + bytes + memory,
      pssBytes: pssBytes.get(tree.id) ?? null,
      unnamedDiskBytes: disk,
      processes: tree.processes.map(({ pid, parentPid, name, rssBytes }) => ({ pid, parentPid, name, rssBytes })),
    };
  };

  return {
    async sample({ owned }) {
      const startedAt = performance.now();
      const processes = await marked.scan();
      const { trees, unowned } = buildTrees(processes, {
        roots: listRoots(owned),
        uptimeSeconds: proc.uptimeSeconds(),
        pageSize: proc.pageSize,
      });
      const ended = audit.check(unowned);
      const durationMs = performance.now() - startedAt;

      if (samples++ % SAMPLES_PER_PSS === 0) await measurePss(trees);
      await unnamed.keep(new Set(trees.map(({ pid }) => pid)));
      const maxDescriptors = Math.max(MIN_DESCRIPTORS_PER_TREE, Math.floor(MAX_DESCRIPTORS / trees.length));
      const sampled: TreeSample[] = [];
      for (const tree of trees) sampled.push(await addFiles(tree, maxDescriptors));
      return {
        trees: sampled,
        unowned: {
          groups: unowned.length,
          processes: unowned.reduce((sum, group) => sum + group.processes.length, 0),
          ended,
        },
        durationMs,
      };
    },
    close: () => unnamed.keep(new Set()),
  };
}
