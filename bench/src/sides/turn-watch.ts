import type { TurnTiming } from './chat.ts';

const TURN_TIMEOUT_MS = 60_000;

/** Measures one turn. The reader of a side's messages calls `sawText`, `sawEnd` or `failed`. */
export interface TurnWatch {
  readonly timing: Promise<TurnTiming>;
  /** The message came back. */
  sawEcho: () => void;
  sawText: () => void;
  sawEnd: () => void;
  failed: (error: Error) => void;
}

/** Starts now. The turn fails if it takes over 60 seconds or ends without text. */
export function startTurnWatch(): TurnWatch {
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<TurnTiming>();
  const timer = setTimeout(() => failed(new Error(`A turn was not over after ${TURN_TIMEOUT_MS} ms`)), TURN_TIMEOUT_MS);
  let echoedMs: number | undefined;
  let firstTextMs: number | undefined;

  function failed(error: Error): void {
    clearTimeout(timer);
    reject(error);
  }

  return {
    timing: promise,
    sawEcho() {
      echoedMs ??= performance.now() - startedAt;
    },
    sawText() {
      firstTextMs ??= performance.now() - startedAt;
    },
    sawEnd() {
      const completedMs = performance.now() - startedAt;
      if (firstTextMs === undefined) {
        failed(new Error('A turn ended without text'));
        return;
      }
      clearTimeout(timer);
      resolve({ firstTextMs, completedMs, echoedMs });
    },
    failed,
  };
}
