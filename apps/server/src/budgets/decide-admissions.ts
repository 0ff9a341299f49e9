import type { BudgetState } from '../store/budgets.ts';

/** A call that asks whether it may be made. */
export interface AskedCall {
  callId: string;
  budgetIds: readonly string[];
  /** What it may cost. */
  estimateMicroUsd: number;
  /** Whether more may be reserved with it, for the calls that follow. */
  mayReserveAhead: boolean;
}

export type Admission =
  | { state: 'admitted' }
  /** It may be when other calls have ended. */
  | { state: 'waiting' }
  | { state: 'reached'; budget: BudgetState };

/**
 * Decides on calls in the order in which they came. A call is admitted where each of its budgets has room for what it may cost; or,
 * so that a budget can be used up, where nothing else is in flight. While others are, it waits, and so do those behind
 * it that need the same budget: a small call never keeps a large one out. Pure.
 * @param states of all their budgets; one that is missing was deleted, and limits nothing
 */
export function decideAdmissions(calls: readonly AskedCall[], states: readonly BudgetState[]): Admission[] {
  const byId = new Map(states.map((state) => [state.id, { state, reserved: state.reservedMicroUsd, isWanted: false }]));
  return calls.map(({ budgetIds, estimateMicroUsd }): Admission => {
    const budgets = budgetIds.flatMap((id) => byId.get(id) ?? []);
    const reached = budgets.find(({ state }) => state.spentMicroUsd >= state.limitMicroUsd);
    if (reached !== undefined) return { state: 'reached', budget: reached.state };
    const full = budgets.filter(
      ({ state, reserved }) => reserved > 0 && state.spentMicroUsd + reserved + estimateMicroUsd > state.limitMicroUsd,
    );
    if (full.length > 0 || budgets.some(({ isWanted }) => isWanted)) {
      for (const budget of full) budget.isWanted = true;
      return { state: 'waiting' };
    }
    for (const budget of budgets) budget.reserved += estimateMicroUsd;
    return { state: 'admitted' };
  });
}
