import { BudgetReachedError } from '../budgets/reached-budget.ts';
import type { Budgets } from '../budgets/open-budgets.ts';
import { toStopError } from '../stops/stop-error.ts';
import type { StopBook } from '../stops/stop-book.ts';
import type { ModelCall } from './model-call.ts';

/**
 * Resolves when a call may go to an upstream, with what is to be called when it makes no more attempts, however it ends;
 * rejects with the CspError that the agent gets when it may not.
 */
export type Admit = (call: ModelCall) => Promise<() => void>;

/** Every call of a holder may go. */
export const admitAll: Admit = () => Promise.resolve(NOTHING);

const NOTHING = () => undefined;

/**
 * A call that costs tokens may go while no operator has stopped the work of its holder, and while their budgets have room. The
 * session is told of one that has not.
 */
export function createAdmit(budgets: Pick<Budgets, 'admit'>, stops: Pick<StopBook, 'findWorkStop'>): Admit {
  return async ({ id, holder, request, body, signal }) => {
    if (!request.endpoint.isMetered || body === undefined) return NOTHING;
    const { ownerId, agentId, listener } = holder;
    const stop = stops.findWorkStop({ ownerId, agentId });
    if (stop !== undefined) throw toStopError(stop);
    const spender = { ownerId, agentId, ownBudgetId: listener?.ownBudgetId?.() };
    try {
      return await budgets.admit({ id, spender, body, signal });
    } catch (error) {
      if (error instanceof BudgetReachedError) holder.listener?.onBudgetReached?.(error.reached);
      throw error;
    }
  };
}
