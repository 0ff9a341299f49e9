import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { Check } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';

import { ApiError } from '../../api/api-error.ts';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { ConfigurationInput } from './configuration-field.tsx';
import { FailureView } from './failure-view.tsx';
import { t } from './messages.ts';
import { hasOtherFields, readFields, type ConfigurationField } from './read-schema.ts';
import { SecretOption } from './secret-option.tsx';
import { findGrantWay, grantSecrets, toSecretName } from './store-secrets.ts';
import { toConfiguration, toDraft, type DraftProblems } from './to-configuration.ts';
import { useSecretNames } from './use-secret-names.ts';

export interface ConfigurationFormProps {
  plugin: PluginResource;
  schema: object;
  configuration: object;
  onChange: (plugin: PluginResource) => void;
}

const NO_PROBLEMS: DraftProblems = { fields: {}, other: null };

/** What has no field of its own. */
const OTHER: ConfigurationField = {
  ...{ name: '', title: t.otherFields, description: null, kind: 'json', required: false },
  ...{ default: undefined, choices: [], minimum: null, maximum: null },
};

/** The configuration of a plugin, as a form made from its JSON Schema. */
export function ConfigurationForm({ plugin, schema, configuration, onChange }: ConfigurationFormProps) {
  const { api, announcer, bootstrap } = useServices();
  const fields = useMemo(() => readFields(schema), [schema]);
  const saved = useMemo(() => toDraft(fields, configuration), [fields, configuration]);
  const [draft, setDraft] = useState(saved);
  // Values of secrets by option, until they are kept.
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [wasSaved, setSaved] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const secrets = useSecretNames(fields.some(({ kind }) => kind === 'secret'));
  const typed = Object.entries(values).filter(([, value]) => value !== '');
  const isChanged = typed.length > 0 || JSON.stringify(draft) !== JSON.stringify(saved);
  const isAdmin = bootstrap.user.role === 'admin';
  const unsaved = useUnsaved(isChanged && !busy, t.leaveConfiguration);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problems]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setFailure(null);
    setSaved(false);
    const names = typed.map(([option]) => [option, toSecretName(plugin.name, option)] as const);
    const whole = { ...draft, fields: { ...draft.fields, ...Object.fromEntries(names) } };
    const read = toConfiguration(fields, whole);
    setProblems('problems' in read ? read.problems : NO_PROBLEMS);
    if ('problems' in read) return;
    setBusy(true);
    try {
      for (const [option, value] of typed)
        await api.secrets.put({ scope: 'platform' }, toSecretName(plugin.name, option), value);
      setValues({});
      setDraft(whole);
      let next = await api.plugins.configure(plugin.name, read.configuration);
      setDraft(toDraft(fields, next.configuration ?? {}));
      onChange(next);
      const chosen = fields.filter(({ kind }) => kind === 'secret').map(({ name }) => whole.fields[name]?.trim() ?? '');
      if (isAdmin)
        next = await grantSecrets(
          api,
          next,
          [...new Set(chosen)].filter((name) => name !== ''),
        );
      setSaved(true);
      onChange(next);
      announcer.say(t.done.configure);
    } catch (error) {
      const found = findProblems(error, fields);
      if (found === null) setFailure(error);
      else setProblems(found);
    } finally {
      setBusy(false);
    }
  };
  const toSecret = (field: ConfigurationField) => {
    const ownName = toSecretName(plugin.name, field.name);
    const name = draft.fields[field.name] ?? '';
    const value = values[field.name] ?? '';
    const kept = value === '' ? name.trim() : ownName;
    return {
      ...{ field, name, ownName, value, secrets },
      note: kept === '' ? null : t.secretGrant[findGrantWay(plugin, kept, isAdmin)](kept),
    };
  };
  const put = (option: string, text: string) =>
    setDraft((before) => ({ ...before, fields: { ...before.fields, [option]: text } }));
  return (
    <>
      <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {fields.map((field) => {
          const problem = problems.fields[field.name] ?? null;
          return field.kind === 'secret' ? (
            <SecretOption
              key={field.name}
              {...{ ...toSecret(field), problem }}
              onName={(text) => put(field.name, text)}
              onValue={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
            />
          ) : (
            <ConfigurationInput
              key={field.name}
              {...{ field, problem, text: draft.fields[field.name] ?? '' }}
              onText={(text) => put(field.name, text)}
            />
          );
        })}
        {hasOtherFields(schema, configuration) && (
          <ConfigurationInput
            {...{ field: OTHER, text: draft.other, problem: problems.other }}
            onText={(other) => setDraft({ ...draft, other })}
          />
        )}
        {failure !== null && <FailureView error={failure} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {wasSaved && !isChanged && (
            <span className="inline-flex items-center gap-1 text-sm text-ok">
              <Check size={14} aria-hidden />
              {t.saved}
            </span>
          )}
          {isChanged && (
            <Button
              look="quiet"
              onClick={() => {
                setDraft(saved);
                setValues({});
                setProblems(NO_PROBLEMS);
                setFailure(null);
              }}
            >
              {t.discard}
            </Button>
          )}
          <Button type="submit" look="primary" busy={busy}>
            {t.save}
          </Button>
        </div>
      </form>
      {unsaved.question}
    </>
  );
}

/** What the server says of fields; null where it says nothing of a field that is there. */
function findProblems(error: unknown, fields: readonly ConfigurationField[]): DraftProblems | null {
  const issues: unknown = error instanceof ApiError ? error.details['issues'] : undefined;
  if (!Array.isArray(issues)) return null;
  const found = (issues as { path: string; message: string }[]).map(({ path, message }) => ({
    // A JSON Pointer, of which the first name is the field.
    name: (path.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~'),
    message,
  }));
  if (found.some(({ name }) => !fields.some((field) => field.name === name))) return null;
  return { fields: Object.fromEntries(found.map(({ name, message }) => [name, message])), other: null };
}
