/** Calls back later. Passed in so that a simulation can run in a time of its own. */
export interface Timers {
  /** Calls back once after `delayMs`. Returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Calls back every `intervalMs`. Returns how to end that. */
  every(intervalMs: number, run: () => void): () => void;
}

/** None of them keeps the server from ending. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
