/** What is measured against each other, by name. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<void>>>;

export interface InterleaveOptions {
  rounds: number;
  /** Milliseconds of rest after each measurement, as a person leaves them; lets what follows a turn settle. */
  pauseMs?: number;
  signal: AbortSignal;
}

/**
 * Runs every contender once per round, in turning order (A B, B A, A B, …): a machine that others use as well is noisy,
 * and this way the noise hits all alike. @throws the signal's reason between two measurements.
 */
export async function interleave<Name extends string>(
  contenders: Contenders<Name>,
  { rounds, pauseMs = 0, signal }: InterleaveOptions,
): Promise<void> {
  const all = Object.values<() => Promise<void>>(contenders);
  for (let round = 0; round < rounds; round += 1) {
    for (const measure of round % 2 === 0 ? all : all.toReversed()) {
      signal.throwIfAborted();
      await measure();
      await pause(pauseMs);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
