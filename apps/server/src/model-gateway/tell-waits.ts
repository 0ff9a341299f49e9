import type { Clock } from '../lib/clock.ts';
import type { ModelCall } from './model-call.ts';
import type { ModelRetry } from './session-tokens.ts';

/** The waits of one call, as its session is told of them. */
export interface ToldWaits {
  /** A wait begins, in place of the one before it if that has not ended. */
  begin(wait: Omit<ModelRetry, 'retryAtMs' | 'isContinued'>): void;
  /** The last wait has ended; does nothing without one. */
  end(outcome: 'retried' | 'abandoned'): void;
}

export function tellWaits({ holder }: Pick<ModelCall, 'holder'>, clock: Clock): ToldWaits {
  let told: ModelRetry | undefined;
  const { listener } = holder;
  return {
    begin(wait) {
      const before = told;
      told = { ...wait, retryAtMs: clock.now() + wait.delayMs, isContinued: before !== undefined };
      // First the new one: between the two the session would seem to run.
      listener?.onRetryWait(told);
      if (before !== undefined) listener?.onRetryWaitEnd(before, 'retried');
    },
    end(outcome) {
      if (told !== undefined) listener?.onRetryWaitEnd(told, outcome);
      told = undefined;
    },
  };
}
