import { createQuiet } from './quiet.ts';

/** The contenders of a comparison, by name. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<void>>>;

export interface InterleaveOptions {
  rounds: number;
  /** Rest before each measurement in milliseconds, as between a person's messages; no rest by default. */
  restMs?: number;
  /** How long to wait in total for moments without other work on the machine; no wait by default. */
  quietBudgetMs?: number;
  signal: AbortSignal;
}

/**
 * Runs every contender once per round in alternating order (A B, B A, A B, …), so that other work on the machine
 * affects all contenders alike. @throws the signal's reason between two measurements.
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
