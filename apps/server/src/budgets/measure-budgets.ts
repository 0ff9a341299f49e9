import type { BudgetState } from '../store/budgets.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const SCOPES = ['platform', 'user', 'agent'] as const;

/** Sets the share of its limit that is spent of the budget that has spent most, for each scope; none without a budget. */
export function measureBudgets(gauge: Metrics['budgetSpentRatio'], states: readonly BudgetState[]): void {
  gauge.reset();
  for (const scope of SCOPES) {
    const ratios = states
      .filter((state) => state.scope === scope && state.limitMicroUsd > 0)
      .map(({ spentMicroUsd, limitMicroUsd }) => spentMicroUsd / limitMicroUsd);
    if (ratios.length > 0) gauge.set({ scope }, Math.max(...ratios));
  }
}
