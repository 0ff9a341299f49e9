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

/** What the sampler needs to know of a started process. */
export interface RunningProcess {
  pid: number;
  label: string;
  /** Label of the process that it serves. */
  serves?: string | undefined;
  maxRssBytes: number;
  /** Called when it uses more. */
  endForMemory(): void;
}

export interface TreeSamplerDeps {
  proc: ProcReader;
  nodeId: string;
  clock: UptimeClock;
  logger: Logger;
  /** Every process that was started and has not ended, by id. */
  running: ReadonlyMap<string, RunningProcess>;
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
  const { proc, clock, logger, running, readTmpfs = readTmpfsOf } = deps;
  const marked = createMarkedProcesses(deps);
  const audit = createOrphanAudit(deps);
  const unnamed = createUnnamedFiles();
  const unclaimedSinceMs = new Map<string, number>();
  let pssBytes = new Map<string, number>();
  let samples = 0;

  /** What is owned, and for a while what was started and is not: it starts, or is on its way out. */
  const listRoots = (owned: ReadonlySet<string>): ProcessRoot[] => {
    const now = clock.uptimeMs();
    const labels = new Set([...running].filter(([id]) => owned.has(id)).map(([, { label }]) => label));
    const isOwned = (id: string) => owned.has(id) || labels.has(running.get(id)?.serves ?? '');
    for (const id of unclaimedSinceMs.keys()) if (!running.has(id) || isOwned(id)) unclaimedSinceMs.delete(id);
    return [...running].flatMap(([id, { pid }]) => {
      if (isOwned(id)) return [{ id, pid }];
      const since = unclaimedSinceMs.get(id) ?? now;
      unclaimedSinceMs.set(id, since);
      return now - since < MAX_UNCLAIMED_MS ? [{ id, pid }] : [];
    });
  };

  /** Ends what is over its own limit, and leaves it out: it is no reason to end the process that it serves as well. */
  const endTooLarge = (trees: readonly TreeSample[]): TreeSample[] =>
    trees.filter(({ id, rssBytes }) => {
      const { maxRssBytes = Infinity, endForMemory } = running.get(id) ?? {};
      if (rssBytes <= maxRssBytes) return true;
      logger.warn({ process_id: id, rss_bytes: rssBytes, max_bytes: maxRssBytes }, 'ended a process over its memory');
      endForMemory?.();
      return false;
    });

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
        trees: joinServing(endTooLarge(sampled), running),
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

/** Adds each tree that serves another one to that one. Without it, the tree starts or ends, and is nobody's to show. */
function joinServing(
  trees: readonly TreeSample[],
  running: ReadonlyMap<string, Pick<RunningProcess, 'label' | 'serves'>>,
): TreeSample[] {
  const serving = Map.groupBy(trees, ({ id }) => running.get(id)?.serves);
  return (serving.get(undefined) ?? []).map((tree) => {
    const label = running.get(tree.id)?.label;
    const joined = label === undefined ? [] : (serving.get(label) ?? []);
    return joined.reduce<TreeSample>((whole, each) => addTree(whole, each), tree);
  });
}

function addTree(tree: TreeSample, other: TreeSample): TreeSample {
  return {
    ...tree,
    rssBytes: tree.rssBytes + other.rssBytes,
    pssBytes: tree.pssBytes === null ? null : tree.pssBytes + (other.pssBytes ?? 0),
    cpuSeconds: tree.cpuSeconds + other.cpuSeconds,
    unnamedDiskBytes: tree.unnamedDiskBytes + other.unnamedDiskBytes,
    processes: [...tree.processes, ...other.processes],
  };
}
