import { createQuiet } from './quiet.ts';

/** What is measured against each other, by name. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<void>>>;

export interface InterleaveOptions {
  rounds: number;
  /** Milliseconds of rest before each measurement, as a person leaves them; none when left out. */
  restMs?: number;
  /** How long to wait, in all, for moments without other work on the machine; not at all when left out. */
  quietBudgetMs?: number;
  signal: AbortSignal;
}

/**
 * Runs every contender once per round, in turning order (A B, B A, A B, …): a machine that others use as well is noisy,
 * and this way the noise hits all alike. @throws the signal's reason between two measurements.
 */
export async function interleave<Name extends string>(
  contenders: Contenders<Name>,
  { rounds, restMs = 0, quietBudgetMs = 0, signal }: InterleaveOptions,
): Promise<void> {
  const all = Object.values<() => Promise<void>>(contenders);
  const quiet = createQuiet({ windowMs: restMs, budgetMs: quietBudgetMs, signal });
  for (let round = 0; round < rounds; round += 1) {
    for (const measure of round % 2 === 0 ? all : all.toReversed()) {
      if (restMs > 0) await quiet.wait();
      signal.throwIfAborted();
      await measure();
    }
  }
}
