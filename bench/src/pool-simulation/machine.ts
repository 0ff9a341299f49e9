/** The machine that a run takes place on. */
export interface Machine {
  cores: number;
  /** How many agent processes may live, spares included. */
  places: number;
  /** What agent processes can have of the memory, in bytes. */
  memoryBytes: number;
}

const MIB = 1024 * 1024;

/**
 * What was measured with CLI 2.1.330 on 2 cores: a start costs 0.75–1.1 CPU-seconds; cold, the first text comes after
 * 550–800 ms; after `startup()` after 140–260 ms; 8 at once take 3.1 s, 16 at once 8 s.
 */
export const FACTS = {
  /** A start uses several threads; one alone is ready after about 0.44 s. */
  startParallelism: 1.65,
  /** A resumed start also reads its transcript: 850 ms instead of 650. */
  resumeFactor: 1.4,
  /** What a turn takes of a core while its model works: streaming, tools. */
  turnCores: 0.05,
  /** PSS of a process after its start. */
  spareBytes: 90 * MIB,
  /** PSS that a process gains with each turn: 79 MB over 150 turns. */
  growthPerTurnBytes: 0.53 * MIB,
  /** From the decision to end a process until its place is free. */
  closeMs: 200,
  /** CPU time of a spare's start. */
  spareStartCpuMs: 725,
} as const;
