import type {
  BudgetResource,
  BudgetResourcePeriod,
  BudgetResourceScope,
  PricedModel,
} from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { Segments } from '../../ui/segments.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { toCents, toDollars, toShare } from './budget-amount.ts';
import { t } from './budget-messages.ts';
import { TargetField } from './target-field.tsx';

const SCOPES = Object.entries(t.scopes) as [BudgetResourceScope, string][];
const PERIODS = Object.entries(t.periods) as [BudgetResourcePeriod, string][];

export interface BudgetDialogProps {
  /** The one that is changed; null for a new one. */
  budget: BudgetResource | null;
  whose: string;
  /** With which sessions can go on, the cheapest first. */
  models: readonly PricedModel[];
  onClose: () => void;
  onSaved: () => void;
}

/** Makes a budget, or changes limit and warning of one. */
export function BudgetDialog({ budget, whose, models, onClose, onSaved }: BudgetDialogProps) {
  const { api } = useServices();
  const modelsId = useId();
  const first = { limit: budget ? toDollars(budget.limit.amount) : '', warn: toPercent(budget) };
  const [scope, setScope] = useState<BudgetResourceScope>('platform');
  const [target, setTarget] = useState('');
  const [period, setPeriod] = useState<BudgetResourcePeriod>('month');
  const [limit, setLimit] = useState(first.limit);
  const [warn, setWarn] = useState(first.warn);
  const [model, setModel] = useState(budget?.fallback?.model ?? '');
  const [from, setFrom] = useState(String(Math.round((budget?.fallback?.at ?? 0.9) * 100)));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const unsaved = useUnsaved(!busy && (limit !== first.limit || warn !== first.warn));
  const cents = toCents(limit);
  const share = toShare(warn);
  // Without a model no share is needed.
  const fallbackShare = model.trim() === '' ? 1 : (toShare(from) ?? undefined);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const isUntold = budget === null && scope !== 'platform' && target === '';
    if (isUntold) setProblem({ kind: 'other', message: t.chooseTarget, requestId: null });
    if (busy || isUntold || cents === undefined || share === undefined || fallbackShare === undefined) return;
    setBusy(true);
    setProblem(null);
    const values = {
      limit: { amount: cents, currency: 'USD' as const },
      warn_at: share,
      fallback: model.trim() === '' ? null : { at: fallbackShare, model: model.trim() },
    };
    try {
      if (budget !== null) await api.console.changeBudget(budget.id, { ...values, version: budget.version });
      else
        await api.console.createBudget({
          ...values,
          scope,
          period,
          ...(scope !== 'platform' && { target_id: target }),
        });
      onSaved();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={budget === null ? t.addTitle : t.changeTitle}
      description={budget === null ? t.addHelp : t.changeHelp(whose)}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3" noValidate>
        {budget === null && (
          <>
            <Segments
              label={t.scope}
              value={scope}
              options={SCOPES}
              onChange={(next) => {
                setScope(next);
                setTarget('');
              }}
            />
            {scope !== 'platform' && <TargetField key={scope} scope={scope} value={target} onValue={setTarget} />}
            <Segments label={t.period} value={period} options={PERIODS} onChange={setPeriod} />
          </>
        )}
        <Field
          label={t.limit}
          value={limit}
          onValue={setLimit}
          inputMode="decimal"
          autoComplete="off"
          data-autofocus=""
          problem={tried && cents === undefined ? t.limitProblem : null}
        />
        <Field
          label={t.warn}
          help={t.warnHelp}
          required={false}
          value={warn}
          onValue={setWarn}
          inputMode="numeric"
          autoComplete="off"
          problem={tried && share === undefined ? t.warnProblem : null}
        />
        <Field
          label={t.model}
          help={t.modelHelp}
          required={false}
          value={model}
          onValue={setModel}
          maxLength={200}
          autoComplete="off"
          list={modelsId}
        />
        <datalist id={modelsId}>
          {models.map((each) => (
            <option key={each.model} value={each.model}>
              {t.price(each.input_usd, each.output_usd)}
            </option>
          ))}
        </datalist>
        {model.trim() !== '' && (
          <Field
            label={t.from}
            value={from}
            onValue={setFrom}
            inputMode="numeric"
            autoComplete="off"
            problem={tried && fallbackShare === undefined ? t.warnProblem : null}
          />
        )}
        <FormEnd
          failure={problem?.message ?? null}
          busy={busy}
          submit={budget === null ? t.create : t.save}
          onCancel={() => unsaved.guard(onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}

function toPercent(budget: BudgetResource | null): string {
  if (budget === null) return '80';
  return budget.warn_at === null ? '' : String(Math.round(budget.warn_at * 100));
}
