export interface RetryBudgetSettings {
  /** How many of 100 calls may be made again. */
  percent: number;
}

/** Retries that an upstream may get a second whatever its traffic is, so that a quiet server can retry as well. */
const PER_SECOND = 2;
/** Retries that can be saved up. */
const MOST_SAVED = 20;
/** A retry that would have to wait longer for its turn is not made. */
const LONGEST_WAIT_MS = 60_000;

/** Bounds how many retries an upstream gets, so that they do not keep down one that struggles: a token bucket. */
export interface RetryBudget {
  /** A call is made for the first time: it earns a share of a retry. */
  earn(): void;
  /** Takes a retry. Milliseconds until it may be made; undefined when it may not. */
  take(): number | undefined;
}

export function createRetryBudget({ percent }: RetryBudgetSettings, uptimeMs: () => number): RetryBudget {
  /** Below 0 as many as wait for their turn. */
  let saved = MOST_SAVED;
  let lastMs = uptimeMs();
  const add = (retries: number) => {
    saved = Math.min(MOST_SAVED, saved + retries);
  };
  return {
    earn: () => add(percent / 100),
    take() {
      const nowMs = uptimeMs();
      add(((nowMs - lastMs) / 1000) * PER_SECOND);
      lastMs = nowMs;
      const waitMs = Math.max(0, ((1 - saved) / PER_SECOND) * 1000);
      if (waitMs > LONGEST_WAIT_MS) return undefined;
      saved -= 1;
      return Math.floor(waitMs);
    },
  };
}
