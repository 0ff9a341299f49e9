import type { TurnUsage } from '../agent-process/translate/translation-state.ts';
import type { SessionUsage } from '../store/sessions.ts';

/** Cost of a turn or a part of it. */
export interface TurnCost {
  usage: TurnUsage;
  costUsd: number;
}

export const NO_TURN_USAGE: TurnCost = {
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  costUsd: 0,
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
    costUsd: one.costUsd + other.costUsd,
  };
}

/** The session's usage after one more turn. */
export function addTurnUsage(
  before: SessionUsage,
  turn: { costUsd: number; usage: TurnUsage; activeMs: number },
): SessionUsage {
  return {
    inputTokens: before.inputTokens + turn.usage.inputTokens,
    outputTokens: before.outputTokens + turn.usage.outputTokens,
    cacheReadTokens: before.cacheReadTokens + turn.usage.cacheReadInputTokens,
    cacheWriteTokens: before.cacheWriteTokens + turn.usage.cacheCreationInputTokens,
    costUsd: before.costUsd + turn.costUsd,
    activeSeconds: before.activeSeconds + turn.activeMs / 1000,
  };
}
