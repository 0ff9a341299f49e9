import { setTimeout as delay } from 'node:timers/promises';

export const MIN_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/** The pauses between the tries to reach a server: each twice as long as the one before, up to a minute. */
export interface RetryPauses {
  /** Until the next try, in milliseconds; undefined where none is planned. */
  readonly retryInMs: number | undefined;
  /** The next pause is the shortest one again. */
  reset(): void;
  /** The next pause is the longest one. */
  stretch(): void;
  /** No further try is planned. */
  noteConnected(): void;
  /** The next pause, which makes the one after it longer. */
  pauseLonger(): Promise<void>;
  /** As `pauseLonger`, or until `end` is called. */
  pauseUnlessEnded(): Promise<void>;
  end(): void;
  /** Any other pause. Each ends early when the signal aborts. */
  pause(ms: number): Promise<void>;
}

export function createRetryPauses(signal: AbortSignal): RetryPauses {
  let nextMs = MIN_RETRY_MS;
  /** When the next try is made, by `performance.now()`. */
  let retryAtMs: number | undefined;
  let ended = Promise.withResolvers<void>();

  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);
  const pauseLonger = async () => {
    const ms = nextMs;
    nextMs = Math.min(ms * 2, MAX_RETRY_MS);
    retryAtMs = performance.now() + ms;
    await pause(ms);
  };

  return {
    get retryInMs() {
      return retryAtMs === undefined ? undefined : Math.max(0, retryAtMs - performance.now());
    },
    reset: () => void (nextMs = MIN_RETRY_MS),
    stretch: () => void (nextMs = MAX_RETRY_MS),
    noteConnected: () => void (retryAtMs = undefined),
    pauseLonger,
    async pauseUnlessEnded() {
      ended = Promise.withResolvers();
      await Promise.race([pauseLonger(), ended.promise]);
    },
    end: () => ended.resolve(),
    pause,
  };
}
