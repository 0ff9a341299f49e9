/** Whether the promise resolves within `ms`. Rejects as it does; what it does later is nobody's. */
export async function resolvesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: timeUp, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await Promise.race([work.then(() => true), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects with `onTimeout()` when `work` takes longer; the work itself goes on, and its failure is then nobody's. */
export async function within<T>(work: Promise<T>, ms: number, onTimeout: () => Error): Promise<T> {
  if (await resolvesWithin(work, ms)) return work;
  throw onTimeout();
}
