import type { CircuitState, IBreaker } from 'cockatiel';

export interface FailureWindowSettings {
  /** How many failures open the breaker; 0 for a breaker that never opens. */
  failures: number;
  windowMs: number;
}

/** Failures open the breaker when they are at least one in so many calls. */
const CALLS_PER_FAILURE = 2;

export interface FailureWindow extends IBreaker {
  /** Failures within the last `windowMs`, as many as open the breaker at most. */
  countFailures(): number;
}

interface FailedCall {
  atMs: number;
  /** 1 for the first call of the upstream. */
  number: number;
}

/**
 * Opens a circuit at so many failures in so much time, if about half of the calls meanwhile failed. So a busy upstream
 * of which one call in a hundred fails stays closed, and one that died is given up after the same number of failures
 * whatever the traffic was. What it has seen stays when the circuit closes: an upstream that fails again at once is
 * given up at once.
 */
export function createFailureWindow(
  { failures, windowMs }: FailureWindowSettings,
  { uptimeMs, mayOpen }: { uptimeMs: () => number; mayOpen: () => boolean },
): FailureWindow {
  /** The latest failures, oldest first, no more than open the circuit. */
  let failed: FailedCall[] = [];
  let calls = 0;
  return {
    // Nobody stores it: after a restart the first calls tell how the upstream is.
    state: undefined,
    countFailures: () => failed.filter(({ atMs }) => uptimeMs() - atMs <= windowMs).length,
    success() {
      calls += 1;
    },
    failure(_state: CircuitState): boolean {
      calls += 1;
      const atMs = uptimeMs();
      failed = [...failed, { atMs, number: calls }].slice(-Math.max(1, failures));
      const [oldest] = failed;
      if (failures === 0 || oldest === undefined || failed.length < failures || !mayOpen()) return false;
      return atMs - oldest.atMs <= windowMs && calls - oldest.number < failures * CALLS_PER_FAILURE;
    },
  };
}
