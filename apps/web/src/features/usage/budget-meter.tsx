import type { BudgetResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';

import { formatCost, formatZonedMoment } from '../../ui/format.ts';
import { formatPercent, t } from './messages.ts';

const TONES: Record<BudgetResource['state'], string> = { ok: 'bg-accent', warned: 'bg-warn', reached: 'bg-bad' };
const TEXTS: Record<BudgetResource['state'], string> = { ok: 'text-muted', warned: 'text-warn', reached: 'text-bad' };

/** Where a budget stands: a bar, the same in words, and when its period ends. */
export function BudgetMeter({ budget }: { budget: BudgetResource }) {
  const limit = Number(budget.limit.amount) / 100;
  const spent = Number(budget.spent_usd);
  const share = limit === 0 ? 1 : Math.min(1, spent / limit);
  const { period_ends_at: endsAt, warn_at: warnAt, state } = budget;
  return (
    <div className="nums flex flex-col gap-1.5">
      <span aria-hidden className="relative block h-2 overflow-hidden rounded-full bg-surface">
        <span
          className={clsx('block h-full rounded-full', TONES[state], share > 0 && 'min-w-1')}
          style={{ width: `${share * 100}%` }}
        />
        {warnAt !== null && (
          <span className="absolute inset-y-0 w-0.5 bg-control" style={{ left: `calc(${warnAt * 100}% - 1px)` }} />
        )}
      </span>
      <p className="flex flex-wrap justify-between gap-x-4 text-sm">
        <span>
          {t.budgets.spent(formatCost(spent), formatCost(limit), t.budgets.periods[budget.period])}{' '}
          <span className={clsx('font-semibold', TEXTS[state])}>{t.budgets.states[state]}</span>
        </span>
        {endsAt !== null && <span className="text-muted">{t.budgets.ends(formatZonedMoment(Date.parse(endsAt)))}</span>}
      </p>
      {budget.fallback !== null && (
        <p className="text-sm text-muted">
          {t.budgets.fallback(budget.fallback.model, formatPercent(budget.fallback.at))}
        </p>
      )}
      {budget.unpriced_requests > 0 && (
        <p className="text-sm text-warn">{t.budgets.unpriced(budget.unpriced_requests)}</p>
      )}
    </div>
  );
}
