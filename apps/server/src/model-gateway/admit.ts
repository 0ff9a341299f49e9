import { BudgetReachedError } from '../budgets/reached-budget.ts';
import type { Budgets } from '../budgets/open-budgets.ts';
import type { ModelCall } from './model-call.ts';

/**
 * Resolves when a call may go to an upstream, with what is to be called when it makes no more attempts, however it ends;
 * rejects with the CspError that the agent gets when it may not.
 */
export type Admit = (call: ModelCall) => Promise<() => void>;

/** Every call of a holder may go. */
export const admitAll: Admit = () => Promise.resolve(NOTHING);

const NOTHING = () => undefined;

/** A call that costs tokens may go while the budgets of its holder have room. The session is told of one that has not. */
export function createAdmit(budgets: Pick<Budgets, 'admit'>): Admit {
  return async ({ id, holder, request, body, signal }) => {
    if (!request.endpoint.isMetered || body === undefined) return NOTHING;
    const { ownerId, agentId, listener } = holder;
    const spender = { ownerId, agentId, ownBudgetId: listener?.ownBudgetId?.() };
    try {
      return await budgets.admit({ id, spender, body, signal });
    } catch (error) {
      if (error instanceof BudgetReachedError) holder.listener?.onBudgetReached?.(error.reached);
      throw error;
    }
  };
}
