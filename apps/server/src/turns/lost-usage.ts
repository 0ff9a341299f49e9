import type { TurnDeps } from './turn-deps.ts';
import type { TurnCost } from './turn-usage.ts';

/**
 * What the model calls of the open turn have used, by their records: no process will report it. The records of a turn
 * that has ended are in the session's usage already, so they are never summed again.
 */
export async function findLostUsage(
  { store, usage }: Pick<TurnDeps, 'store' | 'usage'>,
  { sessionId, turnNumber }: { sessionId: string; turnNumber: number },
): Promise<TurnCost> {
  await usage.flush();
  const sum = await store.usage.sumOfTurn(sessionId, turnNumber);
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicroUsd, unpriced } = sum;
  const ofCache = { cacheReadInputTokens: cacheReadTokens, cacheCreationInputTokens: cacheWriteTokens };
  return { usage: { inputTokens, outputTokens, ...ofCache }, costMicroUsd, unpriced };
}
