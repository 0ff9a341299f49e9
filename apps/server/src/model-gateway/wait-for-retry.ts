/** A wait that somebody else can end. */
export interface RetryWait {
  /** Resolves when the time is over or somebody ended it. Rejects with the reason of the signal. */
  readonly ended: Promise<void>;
  endNow(): void;
}

export function waitForRetry(delayMs: number, signal: AbortSignal): RetryWait {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  const abort = () => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const settled = ended.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  });
  return { ended: settled, endNow: () => resolve() };
}
