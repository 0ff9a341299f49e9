/** Lets at most `max` tasks run at once; the others wait in the order of their calls. */
export interface Limiter {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Whether a task would start at once. */
  readonly isFree: boolean;
}

export function createLimiter(max: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    get isFree() {
      return running < max;
    },
    async run(task) {
      if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await task();
      } finally {
        // The place goes directly to the next caller, so that no new one can take it first.
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
