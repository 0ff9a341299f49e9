import { Plus } from 'lucide-react';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './policy-messages.ts';
import { PolicyRuleRow } from './policy-rule-row.tsx';
import { PolicyRuleView } from './policy-rule-view.tsx';
import { PolicyTestForm } from './policy-test-form.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { usePolicy, type DraftRule, type PolicyDraft } from './use-policy.ts';

/** For operators: the rules for tool calls, which administrators change, and a try. */
export function PolicyPage() {
  const { bootstrap } = useServices();
  const draft = usePolicy();
  const readOnly = bootstrap.user.role !== 'admin';
  const { question } = useUnsaved(draft.isChanged && !draft.isSaving, t.leave);
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        aside={draft.saved !== null && <p className="nums text-sm text-muted">{t.version(draft.saved.version)}</p>}
      />
      <div className="mx-auto flex w-full max-w-[960px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">
          {t.help}{' '}
          <a href={t.syntaxUrl} target="_blank" rel="noreferrer" className="tap-inline text-accent underline">
            {t.syntax}
          </a>
          {readOnly && <> · {t.onlyAdministrators}</>}
        </p>
        {draft.failure !== null && <LoadOrSaveTrouble failure={draft.failure} onLoad={draft.load} />}
        {draft.saved !== null && (
          <>
            <Rules draft={draft} readOnly={readOnly} />
            <PolicyTestForm draft={draft} />
          </>
        )}
      </div>
      {question}
    </div>
  );
}

/** Why the server refused the rule as it stands. */
function findRefused({ refused }: PolicyDraft, rule: DraftRule): string | null {
  return refused !== null && refused.id === rule.id && refused.rule === rule.rule ? refused.message : null;
}

function Rules({ draft, readOnly }: { draft: PolicyDraft; readOnly: boolean }) {
  const { announcer } = useServices();
  const { rules, neverAsk, setRules, setNeverAsk } = draft;
  const defaultExpirySeconds = draft.saved?.approval_timeout_seconds ?? 0;
  const save = async () => {
    if (!draft.isSaving && (await draft.save())) announcer.say(t.saved);
  };
  const add = () => setRules((before) => [...before, { id: crypto.randomUUID(), effect: 'ask', rule: '' }]);
  return (
    <div className="flex flex-col gap-3">
      {rules.length === 0 ? (
        <p className="text-muted">{t.empty}</p>
      ) : (
        <ul aria-label={t.rules} className="rounded-md border border-line bg-raised">
          {rules.map((rule, index) =>
            readOnly ? (
              <PolicyRuleView key={rule.id} rule={rule} />
            ) : (
              <PolicyRuleRow
                key={rule.id}
                {...{ rule, number: index + 1, defaultExpirySeconds, refused: findRefused(draft, rule) }}
                onChange={(next) => setRules((before) => before.map((each) => (each.id === rule.id ? next : each)))}
                onRemove={() => setRules((before) => before.filter((each) => each.id !== rule.id))}
              />
            ),
          )}
        </ul>
      )}
      <label className="tap flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={neverAsk.includes('user')}
          disabled={readOnly}
          onChange={(event) => setNeverAsk(event.target.checked ? ['user'] : [])}
        />
        {t.mayNeverAsk}
      </label>
      {!readOnly && (
        <div className="flex flex-wrap items-center gap-2">
          <Button onClick={add}>
            <Plus size={15} aria-hidden />
            {t.add}
          </Button>
          <div className="ml-auto flex flex-wrap items-center justify-end gap-2">
            {draft.isChanged && (
              <>
                <span className="text-sm text-muted">{t.unsaved}</span>
                <Button look="quiet" onClick={draft.load}>
                  {t.discard}
                </Button>
              </>
            )}
            <Button look="primary" disabled={!draft.isChanged} busy={draft.isSaving} onClick={() => void save()}>
              {t.save}
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

function LoadOrSaveTrouble({ failure, onLoad }: { failure: NonNullable<PolicyDraft['failure']>; onLoad: () => void }) {
  const { of, problem } = failure;
  if (problem.kind === 'denied' && of === 'load') return <Trouble text={t.onlyOperators} problem={null} />;
  const mayRetry = of === 'load' && problem.kind !== 'denied';
  return (
    <Trouble text={of === 'save' ? t.notSaved : t.failed} problem={problem} onRetry={mayRetry ? onLoad : undefined} />
  );
}
