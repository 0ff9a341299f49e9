import type { TurnUsage } from '../agent-process/translate/translation-state.ts';
import { toMicroUsd, toUsd } from '../lib/money.ts';
import type { SessionUsage } from '../store/sessions.ts';

/** What the model calls of a turn or a part of it have used, as the model gateway metered them. */
export interface TurnCost {
  usage: TurnUsage;
  /** In micro-dollars, without the calls whose price is unknown. */
  costMicroUsd: number;
  /** Calls whose price is unknown. */
  unpriced: number;
}

export const NO_TURN_USAGE: TurnCost = {
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  costMicroUsd: 0,
  unpriced: 0,
};

export function sumUsage(one: TurnCost, other: TurnCost = NO_TURN_USAGE): TurnCost {
  const sum = (field: keyof TurnUsage) => one.usage[field] + other.usage[field];
  return {
    usage: {
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      cacheReadInputTokens: sum('cacheReadInputTokens'),
      cacheCreationInputTokens: sum('cacheCreationInputTokens'),
    },
    costMicroUsd: one.costMicroUsd + other.costMicroUsd,
    unpriced: one.unpriced + other.unpriced,
  };
}

/** The session's usage after one more turn. */
export function addTurnUsage(
  before: SessionUsage,
  turn: Pick<TurnCost, 'costMicroUsd' | 'usage'> & { activeMs: number },
): SessionUsage {
  return {
    inputTokens: before.inputTokens + turn.usage.inputTokens,
    outputTokens: before.outputTokens + turn.usage.outputTokens,
    cacheReadTokens: before.cacheReadTokens + turn.usage.cacheReadInputTokens,
    cacheWriteTokens: before.cacheWriteTokens + turn.usage.cacheCreationInputTokens,
    // The sum is exact: both are whole micro-dollars.
    costUsd: toUsd(toMicroUsd(before.costUsd) + turn.costMicroUsd),
    activeSeconds: before.activeSeconds + turn.activeMs / 1000,
  };
}
