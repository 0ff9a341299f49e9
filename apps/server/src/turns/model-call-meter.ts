import type { MeteredCall } from '../usage/call-usage.ts';
import { NO_TURN_USAGE, sumUsage, type TurnCost } from './turn-usage.ts';

/** A call that was cut with its turn ends when its connection does, which is seen a moment later. */
const CUT_WAIT_MS = 500;

/**
 * Counts what the model gateway metered for a session, until a turn takes it. If the server is killed before that, the
 * usage records of the turn stand for it.
 */
export class ModelCallMeter {
  #untaken = NO_TURN_USAGE;
  #open = 0;
  #onIdle: (() => void)[] = [];

  onCallBegin(): void {
    this.#open += 1;
  }

  onCallEnd({ usage, cost }: MeteredCall): void {
    this.#untaken = sumUsage(this.#untaken, {
      usage: {
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        cacheReadInputTokens: usage.cacheReadTokens,
        cacheCreationInputTokens: usage.cacheWriteTokens,
      },
      costMicroUsd: cost.microUsd ?? 0,
      unpriced: cost.microUsd === null ? 1 : 0,
    });
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** What has been metered since it was taken last. A call in the background that is still open counts to what follows. */
  take(): TurnCost {
    const taken = this.#untaken;
    this.#untaken = NO_TURN_USAGE;
    return taken;
  }

  /** The same, after the calls that ended with the process, for which it waits. */
  async takeAll(): Promise<TurnCost> {
    if (this.#open > 0) await new Promise<void>((resolve) => void this.#onIdle.push(resolve));
    return this.take();
  }

  /** The same, after the calls that were cut with the turn. Does not wait long: others may be open in the background. */
  async takeCut(): Promise<TurnCost> {
    if (this.#open > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle.push(resolve);
      const timer = setTimeout(resolve, CUT_WAIT_MS);
      await promise;
      clearTimeout(timer);
    }
    return this.take();
  }
}
