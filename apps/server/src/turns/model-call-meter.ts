import type { TurnUsage } from '../agent-process/translate/translation-state.ts';
import type { ModelUsage } from '../model-gateway/usage-reader.ts';
import { toCostUsd } from '../usage/prices.ts';

/** Usage of model calls since the agent process last reported the cost of a turn. */
interface UnsettledUsage {
  usage: TurnUsage;
  costUsd: number;
}

const NOTHING: UnsettledUsage = {
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  costUsd: 0,
};

/**
 * Counts what the model gateway metered for a session. A process reports its cost at the end of a turn. If it is killed
 * before that, these counts stand for its report. If the server is killed, the usage records of the turn do.
 */
export class ModelCallMeter {
  #unsettled = NOTHING;
  #open = 0;
  #onIdle: (() => void)[] = [];

  onCallBegin(): void {
    this.#open += 1;
  }

  onCallEnd(used: ModelUsage): void {
    const { usage, costUsd } = this.#unsettled;
    this.#unsettled = {
      usage: {
        inputTokens: usage.inputTokens + used.inputTokens,
        outputTokens: usage.outputTokens + used.outputTokens,
        cacheReadInputTokens: usage.cacheReadInputTokens + used.cacheReadTokens,
        cacheCreationInputTokens: usage.cacheCreationInputTokens + used.cacheWriteTokens,
      },
      costUsd: costUsd + (toCostUsd(used) ?? 0),
    };
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** The process has reported the cost of its calls. */
  settle(): void {
    this.#unsettled = NOTHING;
  }

  /** Returns the unreported usage of an ended process, once. Waits for the calls that end with the process. */
  async take(): Promise<UnsettledUsage> {
    if (this.#open > 0) await new Promise<void>((resolve) => void this.#onIdle.push(resolve));
    const unsettled = this.#unsettled;
    this.settle();
    return unsettled;
  }
}
