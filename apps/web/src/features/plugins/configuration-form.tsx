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
  const { api, announcer } = useServices();
  const fields = useMemo(() => readFields(schema), [schema]);
  const saved = useMemo(() => toDraft(fields, configuration), [fields, configuration]);
  const [draft, setDraft] = useState(saved);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [wasSaved, setSaved] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const secrets = useSecretNames(fields.some(({ kind }) => kind === 'secret'));
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved);
  const unsaved = useUnsaved(isChanged && !busy, t.leaveConfiguration);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problems]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setFailure(null);
    setSaved(false);
    const read = toConfiguration(fields, draft);
    setProblems('problems' in read ? read.problems : NO_PROBLEMS);
    if ('problems' in read) return;
    setBusy(true);
    try {
      const next = await api.plugins.configure(plugin.name, read.configuration);
      setDraft(toDraft(fields, next.configuration ?? {}));
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
  const granted = plugin.granted?.secrets ?? [];
  const noteOf = ({ kind, name }: ConfigurationField) => {
    const text = draft.fields[name]?.trim() ?? '';
    return kind === 'secret' && text !== '' && !granted.includes(text) ? t.secretNotGranted(text) : null;
  };
  const same = { secrets, note: null };
  return (
    <>
      <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {fields.map((field) => (
          <ConfigurationInput
            key={field.name}
            {...{ ...same, field, text: draft.fields[field.name] ?? '', note: noteOf(field) }}
            problem={problems.fields[field.name] ?? null}
            onText={(text) => setDraft({ ...draft, fields: { ...draft.fields, [field.name]: text } })}
          />
        ))}
        {hasOtherFields(schema, configuration) && (
          <ConfigurationInput
            {...{ ...same, field: OTHER, text: draft.other, problem: problems.other }}
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
