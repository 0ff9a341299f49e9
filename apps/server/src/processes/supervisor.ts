import type { Host, TreeSample } from '../hosts/host.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { decideAction, isTooMany, type SupervisorAction, type SupervisorLimits } from './decide-action.ts';
import { createSampleHistory, type ProcessSample, type SampleHistory } from './sample-history.ts';

/** The holder of a process. */
export interface ProcessOwner {
  /** Id of the process. */
  id: string;
  /** Null for a spare. */
  sessionId: string | null;
  /** Whether the process works on a turn now. */
  isWorking: boolean;
}

/** A process with its descendants, as the last sweep found them. */
export interface WatchedTree extends TreeSample {
  owner: ProcessOwner;
  /** Oldest first, the last one is now. */
  samples: ProcessSample[];
}

export interface SweepReport {
  trees: readonly WatchedTree[];
  /** Processes that nobody owns. */
  unownedProcesses: number;
  /** Number of them that this sweep has ended. */
  ended: number;
  /** More than twice as many agent processes as owners. */
  tooMany: boolean;
  /** How long the sweep blocked the event loop. */
  durationMs: number;
}

export interface SupervisorDeps {
  host: Pick<Host, 'sample'>;
  limits: SupervisorLimits;
  clock: Clock & UptimeClock;
  logger: Logger;
  /** Every session with a process, and every spare. */
  listOwners(): readonly ProcessOwner[];
  /** Called for a process that needs something, at every sweep until it is done. A spare is not warned of its time. */
  onAction(owner: ProcessOwner, action: Exclude<SupervisorAction, { type: 'none' }>): void;
  onSweep?(report: SweepReport): void;
}

const SWEEP_INTERVAL_MS = 5000;
const MAX_SAMPLES = 60;

/** State of a process kept between sweeps. */
interface Memory {
  history: SampleHistory;
  warned: boolean;
  lastAction: SupervisorAction['type'];
}

/** Watches all agent processes by what their host measures every few seconds. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  #memories = new Map<string, Memory>();
  #trees: readonly WatchedTree[] = [];
  #alerted = false;
  #sweeping: Promise<SweepReport> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /** The process trees found by the last sweep. */
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

  /** Measures all processes once. Sweeps do not overlap. */
  sweep(): Promise<SweepReport> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping?.catch(() => undefined);
  }

  async #sweep(): Promise<SweepReport> {
    const { host, listOwners, onSweep } = this.#deps;
    const owners = new Map(listOwners().map((owner) => [owner.id, owner]));
    const { trees, unowned, durationMs } = await host.sample({ owned: new Set(owners.keys()) });
    const counts = { owned: trees.length, unowned: unowned.groups };
    const tooMany = isTooMany(counts);
    this.#alert(tooMany, counts);
    this.#memories = new Map(trees.map(({ id }) => [id, this.#memories.get(id) ?? createMemory()]));
    this.#trees = trees.map((tree) => this.#watch(tree, owners.get(tree.id)));
    for (const tree of this.#trees) this.#act(tree);
    const report: SweepReport = {
      trees: this.#trees,
      unownedProcesses: unowned.processes,
      ended: unowned.ended,
      tooMany,
      durationMs,
    };
    onSweep?.(report);
    return report;
  }

  /** A tree without an owner is starting or ending. */
  #watch(tree: TreeSample, owner: ProcessOwner | undefined): WatchedTree {
    const { id, rssBytes, pssBytes, cpuSeconds } = tree;
    const history = this.#memories.get(id)?.history;
    history?.add({ atMs: this.#deps.clock.now(), rssBytes, pssBytes, cpuSeconds });
    return {
      ...tree,
      owner: owner ?? { id, sessionId: null, isWorking: false },
      samples: history?.list() ?? [],
    };
  }

  #act(tree: WatchedTree): void {
    const { limits, logger, onAction } = this.#deps;
    const memory = this.#memories.get(tree.id);
    if (memory === undefined) return;
    const { sessionId } = tree.owner;
    const action = decideAction(tree, limits, { warned: memory.warned || sessionId === null });
    if (action.type !== memory.lastAction && action.type !== 'none') {
      const { id, rssBytes, ageSeconds } = tree;
      const measured = { rss_bytes: rssBytes, age_seconds: Math.round(ageSeconds) };
      logger.warn(
        { session_id: sessionId, process_id: id, ...measured, action: action.type },
        'an agent process is over its limits',
      );
    }
    memory.lastAction = action.type;
    if (action.type === 'none') return;
    if (action.type === 'warn_duration') memory.warned = true;
    onAction(tree.owner, action);
  }

  #alert(tooMany: boolean, counts: { owned: number; unowned: number }): void {
    if (tooMany && !this.#alerted) {
      this.#deps.logger.error(counts, 'more than twice as many agent processes run as there are live sessions');
    }
    this.#alerted = tooMany;
  }
}

function createMemory(): Memory {
  return { history: createSampleHistory(MAX_SAMPLES), warned: false, lastAction: 'none' };
}
