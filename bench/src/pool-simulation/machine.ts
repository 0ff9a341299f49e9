/** The simulated machine of a run. */
export interface Machine {
  cores: number;
  /** How many agent processes may live, spares included. */
  places: number;
  /** The memory available to agent processes, in bytes. */
  memoryBytes: number;
}

const MIB = 1024 * 1024;

/**
 * Measured with CLI 2.1.330 on 2 cores. A start takes 0.75–1.1 CPU-seconds. The first text comes after 550–800 ms cold,
 * and after 140–260 ms with `startup()`. Starting 8 processes at once takes 3.1 s, 16 at once 8 s.
 */
export const FACTS = {
  /** A start uses several threads; a single start is ready after about 0.44 s. */
  startParallelism: 1.65,
  /** A resumed start also reads its transcript: 850 ms instead of 650. */
  resumeFactor: 1.4,
  /** The share of a core that a turn uses while its model works: streaming and tools. */
  turnCores: 0.05,
  /** PSS of a process after its start. */
  spareBytes: 90 * MIB,
  /** PSS that a process gains with each turn: 79 MB over 150 turns. */
  growthPerTurnBytes: 0.53 * MIB,
  /** From the decision to end a process until its place is free, in milliseconds. */
  closeMs: 200,
  /** CPU time of a spare's start. */
  spareStartCpuMs: 725,
} as const;
