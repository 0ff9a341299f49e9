import type { DeploymentCreateParams, DeploymentResource } from '@claude-sdk-pattern/protocol/v1';
import { useCallback, useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './messages.ts';
import { hasMoreContent, toCents, toDraft, toParams, type ScheduleDraft } from './schedule-form.ts';
import { WhenFields } from './when-fields.tsx';

export interface ScheduleDialogProps {
  /** Null for a new one. */
  deployment: DeploymentResource | null;
  /** What a new one begins with. */
  prompt: string;
  onClose: () => void;
  onSaved: (deployment: DeploymentResource) => void;
}

const FIELD = 'tap w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base';

/** Makes or changes a deployment. */
export function ScheduleDialog({ deployment, prompt, onClose, onSaved }: ScheduleDialogProps) {
  const { api } = useServices();
  const [first] = useState(() => toDraft(deployment, prompt));
  const [draft, setDraft] = useState(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const unsaved = useUnsaved(!busy && JSON.stringify(draft) !== JSON.stringify(first));
  const agents = useLoaded(useCallback(() => api.deployments.listAgents(), [api]));
  const id = useId();
  const put = (change: Partial<ScheduleDraft>) => setDraft((before) => ({ ...before, ...change }));
  const isBadBudget = draft.budget.trim() !== '' && toCents(draft.budget) === null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || isBadBudget) return;
    setBusy(true);
    setProblem(null);
    try {
      const params = toParams(draft, deployment);
      onSaved(
        deployment === null
          ? await api.deployments.create(params as DeploymentCreateParams)
          : await api.deployments.update(deployment.id, params),
      );
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const offered = (agents.value?.data ?? []).map((agent) => ({ id: agent.id, name: agent.name }));
  // Until they are loaded, and where it was archived.
  if (!offered.some((agent) => agent.id === draft.agent)) offered.unshift({ id: draft.agent, name: draft.agent });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={deployment === null ? t.newTitle : t.editTitle(deployment.name)}
      description={t.formHelp}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field
          label={t.name}
          value={draft.name}
          onValue={(name) => put({ name })}
          maxLength={255}
          autoComplete="off"
          data-autofocus=""
        />
        <div>
          <label htmlFor={`${id}-prompt`} className="mb-1 block text-sm font-semibold">
            {t.prompt}
          </label>
          <textarea
            id={`${id}-prompt`}
            required
            rows={4}
            value={draft.prompt}
            onChange={(event) => put({ prompt: event.target.value })}
            className={`${FIELD} py-2`}
          />
          {deployment !== null && hasMoreContent(deployment) && (
            <p className="mt-1 text-sm text-muted">{t.keptContent}</p>
          )}
        </div>
        <div>
          <label htmlFor={`${id}-agent`} className="mb-1 block text-sm font-semibold">
            {t.agent}
          </label>
          <select
            id={`${id}-agent`}
            value={draft.agent}
            onChange={(event) => put({ agent: event.target.value })}
            className={`${FIELD} h-9`}
          >
            {offered.map((agent) => (
              <option key={agent.id} value={agent.id}>
                {agent.name}
              </option>
            ))}
          </select>
        </div>
        <WhenFields draft={draft} onChange={put} />
        <Field
          label={t.budget}
          help={t.budgetHelp}
          value={draft.budget}
          onValue={(budget) => put({ budget })}
          problem={isBadBudget ? t.badBudget : null}
          inputMode="decimal"
          required={false}
          autoComplete="off"
        />
        <FormEnd
          failure={problem?.message ?? null}
          busy={busy}
          submit={deployment === null ? t.create : t.save}
          onCancel={() => unsaved.guard(onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}
