import { useCallback, useId } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { BudgetMeter } from './budget-meter.tsx';
import { t } from './messages.ts';

/** The budgets that limit one's own work; nothing where there are none. */
export function OwnBudgets() {
  const { api } = useServices();
  const id = useId();
  const { value } = useLoaded(useCallback(() => api.console.listBudgets('own'), [api]));
  if (value === null || value.data.length === 0) return null;
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3 rounded-md border border-line bg-raised px-4 py-3">
      <h2 id={id} className="text-sm font-semibold text-muted">
        {t.budgets.own}
      </h2>
      {value.data.map((budget) => (
        <BudgetMeter key={budget.id} budget={budget} />
      ))}
    </section>
  );
}
