/** Time as the client uses it; a test passes its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Runs once after `delayMs`; the returned function cancels it. */
  after: (delayMs: number, run: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
