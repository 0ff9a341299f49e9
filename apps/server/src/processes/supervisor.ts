import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { buildTrees, type ProcessOwner, type ProcessTree } from '../hosts/proc/build-trees.ts';
import { decideAction, isTooMany, type SupervisorAction, type SupervisorLimits } from './decide-action.ts';
import { createMarkedProcesses, type MarkedProcesses } from '../hosts/proc/marked-processes.ts';
import { createOrphanAudit, type OrphanAudit } from '../hosts/proc/orphan-audit.ts';
import type { ProcReader } from '../hosts/proc/proc-reader.ts';
import type { TmpfsUse } from '../hosts/proc/read-tmpfs.ts';
import { createUnnamedFiles } from '../hosts/proc/read-unnamed-files.ts';
import { createSampleHistory, type ProcessSample, type SampleHistory } from '../hosts/proc/sample-history.ts';

/** A tree as it was found by the last sweep. */
export interface WatchedTree extends ProcessTree {
  /** As last measured, a few sweeps ago at most; null for one that is new. */
  pssBytes: number | null;
  /** Of deleted files on disk that its processes have open. */
  unnamedDiskBytes: number;
  /** Oldest first, the last one is now. */
  samples: ProcessSample[];
}

export interface SweepReport {
  trees: readonly WatchedTree[];
  /** Processes that nobody owns. */
  unownedProcesses: number;
  /** Of those, how many this sweep has ended. */
  ended: number;
  /** More than twice as many agent processes as owners. */
  tooMany: boolean;
  /** Without the measuring of PSS, which does not block. */
  durationMs: number;
}

export interface SupervisorDeps {
  proc: ProcReader;
  /** Whose processes are looked after. */
  nodeId: string;
  /** What the sandbox of a tree holds in folders in memory. */
  readTmpfs(tree: ProcessTree): Promise<TmpfsUse>;
  limits: SupervisorLimits;
  clock: Clock & UptimeClock;
  logger: Logger;
  /** Every session with a process, and every spare. */
  listOwners(): readonly ProcessOwner[];
  /** Every process that was launched and has not ended, also while nobody owns it yet or any more. */
  runningPids(): ReadonlySet<number>;
  /** Called for a process that needs something, at every sweep until it is done. A spare is not warned of its time. */
  onAction(owner: ProcessOwner, action: Exclude<SupervisorAction, { type: 'none' }>): void;
  onSweep?(report: SweepReport): void;
}

const SWEEP_INTERVAL_MS = 5000;
const SWEEPS_PER_PSS = 6;
const MAX_SAMPLES = 60;
/** Descriptors that a sweep looks at, of all trees together and at least of each: what is left has its turn next time. */
const MAX_DESCRIPTORS = 4000;
const MIN_DESCRIPTORS_PER_TREE = 50;
/** A process that starts or is being ended has no owner for some seconds; for longer than this it was lost. */
const MAX_UNCLAIMED_MS = 60_000;

/** What is remembered of a tree from sweep to sweep, by the pid of its root. */
interface Memory {
  startTicks: number;
  history: SampleHistory;
  pssBytes: number | null;
  warned: boolean;
  lastAction: SupervisorAction['type'];
}

/** Watches all agent processes by one cheap sweep of /proc every few seconds. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #marked: MarkedProcesses;
  readonly #audit: OrphanAudit;
  readonly #unnamed = createUnnamedFiles();
  readonly #unclaimedSinceMs = new Map<number, number>();
  #memories = new Map<number, Memory>();
  #trees: readonly WatchedTree[] = [];
  #sweeps = 0;
  #alerted = false;
  #sweeping: Promise<SweepReport> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#marked = createMarkedProcesses(deps);
    this.#audit = createOrphanAudit(deps);
  }

  /** As the last sweep found them. */
  get trees(): readonly WatchedTree[] {
    return this.#trees;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) =>
        this.#deps.logger.error({ err: error }, 'a sweep of the processes failed'),
      );
    }, SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Looks at all processes once; two at a time never. */
  sweep(): Promise<SweepReport> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping?.catch(() => undefined);
    await this.#unnamed.keep(new Set());
  }

  async #sweep(): Promise<SweepReport> {
    const { proc, limits } = this.#deps;
    const startedAt = performance.now();
    const processes = await this.#marked.scan();
    const owners = this.#listOwners();
    const { trees, unowned } = buildTrees(processes, {
      owners,
      uptimeSeconds: proc.uptimeSeconds(),
      pageSize: proc.pageSize,
    });
    this.#remember(trees);
    const ended = this.#audit.check(unowned);
    const tooMany = isTooMany({ owned: owners.length, unowned: unowned.length });
    this.#alert(tooMany, { owned: owners.length, unowned: unowned.length });
    const durationMs = performance.now() - startedAt;

    if (this.#sweeps++ % SWEEPS_PER_PSS === 0) await this.#measurePss(trees);
    const unnamedDiskBytes = await this.#addFiles(trees);
    this.#trees = trees.map((tree) => this.#watch(tree, unnamedDiskBytes.get(tree.pid) ?? 0));
    for (const tree of trees) this.#act(tree, limits);
    const report: SweepReport = {
      trees: this.#trees,
      unownedProcesses: unowned.reduce((sum, group) => sum + group.processes.length, 0),
      ended,
      tooMany,
      durationMs,
    };
    this.#deps.onSweep?.(report);
    return report;
  }

  /** Owners, and for a while what was launched and has none: it starts, or is on its way out. */
  #listOwners(): ProcessOwner[] {
    const now = this.#deps.clock.uptimeMs();
    const owners = [...this.#deps.listOwners()];
    const owned = new Set(owners.map((owner) => owner.pid));
    const running = this.#deps.runningPids();
    for (const pid of this.#unclaimedSinceMs.keys()) {
      if (!running.has(pid) || owned.has(pid)) this.#unclaimedSinceMs.delete(pid);
    }
    for (const pid of running) {
      if (owned.has(pid)) continue;
      const since = this.#unclaimedSinceMs.get(pid) ?? now;
      this.#unclaimedSinceMs.set(pid, since);
      if (now - since < MAX_UNCLAIMED_MS) owners.push({ pid, sessionId: null, isWorking: false });
    }
    return owners;
  }

  #remember(trees: readonly ProcessTree[]): void {
    const next = new Map<number, Memory>();
    for (const tree of trees) {
      const startTicks = tree.processes.find((each) => each.pid === tree.pid)?.startTicks ?? 0;
      const known = this.#memories.get(tree.pid);
      const isSame = known?.startTicks === startTicks;
      next.set(
        tree.pid,
        isSame
          ? known
          : {
              startTicks,
              history: createSampleHistory(MAX_SAMPLES),
              pssBytes: null,
              warned: false,
              lastAction: 'none',
            },
      );
    }
    this.#memories = next;
  }

  async #measurePss(trees: readonly ProcessTree[]): Promise<void> {
    for (const tree of trees) {
      let total = 0;
      for (const { pid } of tree.processes) total += (await this.#deps.proc.readPssBytes(pid)) ?? 0;
      const memory = this.#memories.get(tree.pid);
      if (memory) memory.pssBytes = total === 0 ? null : total;
    }
  }

  /** Files in memory belong to a session like its processes. Resolves with those without a name that are on disk, by root. */
  async #addFiles(trees: readonly ProcessTree[]): Promise<Map<number, number>> {
    const onDisk = new Map<number, number>();
    await this.#unnamed.keep(new Set(trees.map(({ pid }) => pid)));
    const maxDescriptors = Math.max(MIN_DESCRIPTORS_PER_TREE, Math.floor(MAX_DESCRIPTORS / trees.length));
    for (const tree of trees) {
      const { bytes, devices } = await this.#deps.readTmpfs(tree);
      const { memory, disk } = await this.#unnamed.read(tree, { maxDescriptors, counted: devices });
      tree.rssBytes += bytes + memory;
      onDisk.set(tree.pid, disk);
    }
    return onDisk;
  }

  #watch(tree: ProcessTree, unnamedDiskBytes: number): WatchedTree {
    const memory = this.#memories.get(tree.pid);
    const pssBytes = memory?.pssBytes ?? null;
    const { rssBytes, cpuSeconds } = tree;
    memory?.history.add({ atMs: this.#deps.clock.now(), rssBytes, pssBytes, cpuSeconds });
    return { ...tree, pssBytes, unnamedDiskBytes, samples: memory?.history.list() ?? [] };
  }

  #act(tree: ProcessTree, limits: SupervisorLimits): void {
    const memory = this.#memories.get(tree.pid);
    if (memory === undefined) return;
    const { sessionId } = tree.owner;
    const action = decideAction(tree, limits, { warned: memory.warned || sessionId === null });
    if (action.type !== memory.lastAction && action.type !== 'none') {
      const { pid, rssBytes, ageSeconds } = tree;
      this.#deps.logger.warn(
        { session_id: sessionId, pid, rss_bytes: rssBytes, age_seconds: Math.round(ageSeconds), action: action.type },
        'an agent process is over its limits',
      );
    }
    memory.lastAction = action.type;
    if (action.type === 'none') return;
    if (action.type === 'warn_duration') memory.warned = true;
    this.#deps.onAction(tree.owner, action);
  }

  #alert(tooMany: boolean, counts: { owned: number; unowned: number }): void {
    if (tooMany && !this.#alerted) {
      this.#deps.logger.error(counts, 'more than twice as many agent processes run as there are live sessions');
    }
    this.#alerted = tooMany;
  }
}
