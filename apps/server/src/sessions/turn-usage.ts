import type { TurnUsage } from '../agent-process/translate/translation-state.ts';
import type { SessionUsage } from '../store/sessions.ts';

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
