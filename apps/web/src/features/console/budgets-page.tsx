import type { BudgetResource } from '@claude-sdk-pattern/protocol';
import { Wallet } from 'lucide-react';
import { useCallback, useState } from 'react';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { BudgetMeter } from '../usage/budget-meter.tsx';
import { BudgetDialog } from './budget-dialog.tsx';
import { t } from './budget-messages.ts';

const toWhose = ({ scope, name }: BudgetResource) => (scope === 'platform' ? t.platform : (name ?? t.gone));
type Asked = { type: 'new' } | { type: 'change' | 'remove'; budget: BudgetResource };

/** For operators: every budget, where it stands, and its changes. */
export function BudgetsPage() {
  const { api, announcer } = useServices();
  const { value, problem, reload } = useLoaded(useCallback(() => api.console.listBudgets(), [api]));
  const [asked, setAsked] = useState<Asked | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const close = () => setAsked(null);
  const finish = (said: string) => {
    close();
    announcer.say(said);
    reload();
  };
  const remove = async (id: string) => {
    setFailure(null);
    try {
      await api.console.removeBudget(id);
      finish(t.removed);
    } catch (error) {
      close();
      setFailure(toProblem(error));
    }
  };
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        actions={
          <Button size="small" onClick={() => setAsked({ type: 'new' })}>
            {t.add}
          </Button>
        }
      />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.help}</p>
        {failure !== null && <Trouble text="" problem={failure} />}
        {problem !== null && <Trouble text={t.failed} problem={problem} onRetry={reload} />}
        {value?.data.length === 0 && <Nothing />}
        <ul className="flex flex-col gap-2">
          {value?.data.map((budget) => (
            <BudgetRow
              key={budget.id}
              budget={budget}
              onChange={() => setAsked({ type: 'change', budget })}
              onRemove={() => setAsked({ type: 'remove', budget })}
            />
          ))}
        </ul>
      </div>
      {asked !== null && asked.type !== 'remove' && (
        <BudgetDialog
          budget={asked.type === 'change' ? asked.budget : null}
          whose={asked.type === 'change' ? toWhose(asked.budget) : ''}
          models={value?.fallback_models ?? []}
          onClose={close}
          onSaved={() => finish(t.saved)}
        />
      )}
      {asked?.type === 'remove' && (
        <ConfirmDialog
          danger
          title={t.removeTitle}
          help={t.removeHelp(toWhose(asked.budget))}
          confirm={t.remove}
          onClose={close}
          onConfirm={() => void remove(asked.budget.id)}
        />
      )}
    </div>
  );
}

interface BudgetRowProps {
  budget: BudgetResource;
  onChange: () => void;
  onRemove: () => void;
}

function BudgetRow({ budget, onChange, onRemove }: BudgetRowProps) {
  const whose = toWhose(budget);
  return (
    <li className="flex flex-col gap-3 rounded-md border border-line bg-raised px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-24 font-semibold wrap-anywhere">
          {whose} <span className="text-sm font-normal text-muted">{t.kinds[budget.scope]}</span>
        </h2>
        <div className="flex shrink-0 gap-2">
          <Button size="small" aria-label={t.changeOf(whose)} onClick={onChange}>
            {t.change}
          </Button>
          <Button size="small" look="danger" aria-label={t.removeOf(whose)} onClick={onRemove}>
            {t.remove}
          </Button>
        </div>
      </div>
      <BudgetMeter budget={budget} />
    </li>
  );
}

function Nothing() {
  return (
    <div className="py-16 text-center">
      <Wallet size={24} aria-hidden className="mx-auto mb-3 text-muted" />
      <p className="font-semibold">{t.empty}</p>
      <p className="text-muted">{t.emptyHelp}</p>
    </div>
  );
}
