import type { CpuLoad } from '../../../apps/server/src/lib/cpu-load.ts';
import { createLimiter, type Limiter } from '../../../apps/server/src/lib/limiter.ts';
import { FACTS, type Machine } from './machine.ts';
import { createSharedCpu } from './shared-cpu.ts';
import type { Timeline } from './timeline.ts';

/** A simulated machine whose processors and memory the agent processes share. */
export interface SimulatedMachine {
  /** At most one process per core starts at a time, as in the server. */
  readonly starts: Limiter;
  readonly load: CpuLoad;
  readonly availableBytes: number;
  readonly leastFreeBytes: number;
  /** Starts a process that takes this much CPU time. */
  startProcess(cpuMs: number): Promise<void>;
  /** Ends a process. */
  endProcess(): Promise<void>;
  /** Runs work on one thread. */
  compute(cpuMs: number): Promise<void>;
  /** Runs a turn whose model works for this long. */
  runTurn(modelMs: number): Promise<void>;
  /** A process allocates memory, or frees it. */
  addBytes(bytes: number): void;
}

export function createSimulatedMachine({ cores, memoryBytes }: Machine, timeline: Timeline): SimulatedMachine {
  const cpu = createSharedCpu(timeline, cores);
  const starts = createLimiter(cores);
  let turns = 0;
  let usedBytes = 0;
  let leastFreeBytes = memoryBytes;

  const run = (cpuMs: number, parallelism: number): Promise<void> =>
    new Promise((done) => {
      cpu.run({ cpuMs, parallelism, done });
    });

  const changeTurns = (change: 1 | -1) => {
    turns += change;
    cpu.setCores(cores - FACTS.turnCores * turns);
  };

  return {
    starts,
    load: {
      get share() {
        return Math.min(1, (cpu.used + FACTS.turnCores * turns) / cores);
      },
    },
    get availableBytes() {
      return memoryBytes - usedBytes;
    },
    get leastFreeBytes() {
      return leastFreeBytes;
    },
    startProcess: (cpuMs) => starts.run(() => run(cpuMs, FACTS.startParallelism)),
    endProcess: () => timeline.sleep(FACTS.closeMs),
    compute: (cpuMs) => run(cpuMs, 1),
    async runTurn(modelMs) {
      changeTurns(1);
      await timeline.sleep(modelMs);
      changeTurns(-1);
    },
    addBytes(bytes) {
      usedBytes += bytes;
      leastFreeBytes = Math.min(leastFreeBytes, memoryBytes - usedBytes);
    },
  };
}
