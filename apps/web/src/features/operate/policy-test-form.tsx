import type { PolicyRole, PolicyTestResult } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { EFFECT_LOOKS, FIELD } from './policy-fields.ts';
import { t } from './policy-messages.ts';
import type { PolicyDraft } from './use-policy.ts';

/** The field of a tool's input that the text is for. */
const FIELDS: Readonly<Record<string, string>> = {
  Bash: 'command',
  Edit: 'file_path',
  Write: 'file_path',
  Read: 'file_path',
  WebFetch: 'url',
};

/** What the policy would make of a call, with the changes that are not saved yet. */
export function PolicyTestForm({ draft }: { draft: PolicyDraft }) {
  const { api } = useServices();
  const id = useId();
  const [outcome, setOutcome] = useState<PolicyTestResult | string | null>(null);
  const [unknown, setUnknown] = useState<string | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    const tool_name = read('tool').trim();
    const input = { [FIELDS[tool_name] ?? 'text']: read('text') };
    const changed = draft.isChanged && { rules: draft.unsaved, never_ask: draft.neverAsk };
    try {
      const tested = await api.testPolicy({ tool_name, input, role: read('role') as PolicyRole, ...changed });
      setUnknown(tested.known_tool === false ? tool_name : null);
      setOutcome(tested);
    } catch (error) {
      setOutcome(draft.refuse(error) ? null : toProblem(error).message);
    }
  };
  return (
    <section aria-labelledby={`${id}-title`} className="rounded-md border border-line bg-surface p-3">
      <h2 id={`${id}-title`} className="font-semibold">
        {t.test}
      </h2>
      <p className="mb-3 text-sm text-muted">{draft.isChanged ? t.testUnsavedHelp : t.testHelp}</p>
      <form
        onSubmit={(event) => void submit(event)}
        className="grid grid-cols-2 items-end gap-3 md:grid-cols-[9rem_1fr_10rem_auto]"
      >
        <div className="min-w-0">
          <label htmlFor={`${id}-tool`} className="mb-1 block text-sm font-semibold">
            {t.tool}
          </label>
          <input id={`${id}-tool`} name="tool" list={`${id}-tools`} defaultValue="Bash" required className={FIELD} />
          <datalist id={`${id}-tools`}>
            {Object.keys(FIELDS).map((tool) => (
              <option key={tool} value={tool}>
                {tool}
              </option>
            ))}
          </datalist>
        </div>
        <div className="order-first col-span-2 min-w-0 md:order-none md:col-span-1">
          <label htmlFor={`${id}-text`} className="mb-1 block text-sm font-semibold">
            {t.command}
          </label>
          <input
            {...{
              id: `${id}-text`,
              name: 'text',
              placeholder: t.commandExample,
              autoComplete: 'off',
              spellCheck: false,
            }}
            className={`${FIELD} font-mono`}
          />
        </div>
        <div className="min-w-0">
          <label htmlFor={`${id}-role`} className="mb-1 block text-sm font-semibold">
            {t.role}
          </label>
          <select id={`${id}-role`} name="role" className={FIELD}>
            {Object.entries(t.roleNames).map(([role, name]) => (
              <option key={role} value={role}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div className="col-span-2 flex items-end justify-end md:col-span-1">
          <Button type="submit">{t.run}</Button>
        </div>
      </form>
      <div role="status">
        {unknown !== null && <p className="mt-3 text-sm wrap-anywhere text-warn">{t.unknownTool(unknown)}</p>}
        {outcome !== null && <Outcome outcome={outcome} />}
      </div>
    </section>
  );
}

function Outcome({ outcome }: { outcome: PolicyTestResult | string }) {
  if (typeof outcome === 'string') return <p className="mt-3 text-sm text-bad">{outcome}</p>;
  return (
    <div className="mt-3 border-t border-line pt-3 text-sm">
      <p className={`text-base font-semibold ${EFFECT_LOOKS[outcome.effect]}`}>{t.outcomes[outcome.effect]}</p>
      <p className="wrap-anywhere">
        {t.layers[outcome.layer]}
        {outcome.rule !== null && (
          <>
            {': '}
            <code className="code-text">{outcome.rule}</code>
          </>
        )}
      </p>
      {/* The reason of a rule without one of its own repeats the rule. */}
      {(outcome.rule === null || !outcome.reason.includes(outcome.rule)) && (
        <p className="wrap-anywhere text-muted">{outcome.reason}</p>
      )}
      <Terms outcome={outcome} />
    </div>
  );
}

function Terms({ outcome: { four_eyes: fourEyes, expires_in_seconds: seconds } }: { outcome: PolicyTestResult }) {
  const terms = [
    ...(fourEyes === true ? [t.outcomeFourEyes] : []),
    ...(seconds === undefined
      ? []
      : [t.outcomeExpires(t.expiresIn[seconds] ?? t.expiresAfter(formatDuration(seconds * 1000)))]),
  ];
  return terms.length > 0 && <p>{terms.join(' ')}</p>;
}
