import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { FailureView } from './failure-view.tsx';
import { GRANT_KINDS, listGrantChoices, toGrants, type GrantChoice } from './grant-choices.ts';
import { t } from './messages.ts';
import { PartList } from './part-list.tsx';

export interface ActivateDialogProps {
  plugin: PluginResource;
  onClose: () => void;
  onActivated: (plugin: PluginResource) => void;
}

/** Asks what a plugin may do, before it serves: at its activation, and where an update asks for more. */
export function ActivateDialog({ plugin, onClose, onActivated }: ActivateDialogProps) {
  const { api } = useServices();
  const [choices] = useState(() => listGrantChoices(plugin));
  const [chosen, setChosen] = useState<readonly GrantChoice[]>(() => choices.filter(({ wasGranted }) => wasGranted));
  const startsTrusted = plugin.trusted && plugin.pending === null;
  const [trusted, setTrusted] = useState(startsTrusted);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const unsaved = useUnsaved(!busy && (trusted !== startsTrusted || !isSame(chosen, choices)));
  const { display_name: name, pending } = plugin;
  // Only these run in processes of the platform.
  const parts = [...plugin.parts, ...(pending?.difference.parts ?? [])];
  const mayBeTrusted = parts.some(({ kind }) => kind === 'tool' || kind === 'endpoint');
  const words = toWords(plugin);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      onActivated(await api.plugins.activate(plugin.name, { grants: toGrants(chosen), trusted }));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={words.title(name)}
      description={choices.length === 0 ? t.activateNothing : t.activateHelp}
      wide
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {pending !== null && pending.difference.parts.length > 0 && (
          <div>
            <h3 className="mb-1 text-sm font-semibold">{t.adds}</h3>
            <PartList parts={pending.difference.parts} />
          </div>
        )}
        {GRANT_KINDS.map((kind) => (
          <GrantGroup
            key={kind}
            kind={kind}
            choices={choices.filter((each) => each.kind === kind)}
            chosen={chosen}
            onChange={(choice, isChosen) =>
              setChosen((before) => (isChosen ? [...before, choice] : before.filter((each) => each !== choice)))
            }
          />
        ))}
        {mayBeTrusted && <CheckLine label={t.trusted} help={t.trustedHelp} checked={trusted} onChange={setTrusted} />}
        {failure !== null && <FailureView error={failure} />}
        <div className="flex flex-wrap justify-end gap-2">
          {choices.length > 1 && (
            <Button look="quiet" className="mr-auto" onClick={() => setChosen(choices)}>
              {t.grantAll}
            </Button>
          )}
          <Button data-autofocus="" onClick={() => unsaved.guard(onClose)}>
            {app.app.cancel}
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {words.submit}
          </Button>
        </div>
      </form>
      {unsaved.question}
    </Dialog>
  );
}

/** Whether just those are chosen that were granted before. */
function isSame(chosen: readonly GrantChoice[], choices: readonly GrantChoice[]): boolean {
  return choices.every((choice) => chosen.includes(choice) === choice.wasGranted);
}

function toWords({ state, pending }: PluginResource): { title: (name: string) => string; submit: string } {
  if (pending !== null) return { title: (name) => t.acceptTitle(name, pending.version), submit: t.accept };
  if (state === 'active') return { title: t.grantsTitle, submit: t.saveGrants };
  return { title: t.activateTitle, submit: t.activate };
}

interface GrantGroupProps {
  kind: GrantChoice['kind'];
  choices: readonly GrantChoice[];
  chosen: readonly GrantChoice[];
  onChange: (choice: GrantChoice, isChosen: boolean) => void;
}

function GrantGroup({ kind, choices, chosen, onChange }: GrantGroupProps) {
  if (choices.length === 0) return null;
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-semibold">{t.grantKinds[kind]}</legend>
      <p className="mb-1 text-sm text-muted">{t.grantHelp[kind]}</p>
      {choices.map((choice) => (
        <label key={choice.value} className="tap flex items-center gap-2">
          <input
            type="checkbox"
            className="shrink-0"
            checked={chosen.includes(choice)}
            onChange={(event) => onChange(choice, event.target.checked)}
          />
          <code className="min-w-0 font-mono text-sm wrap-anywhere">{choice.value}</code>
          {choice.isNew && <span className="text-sm font-semibold text-warn">{t.isNew}</span>}
        </label>
      ))}
    </fieldset>
  );
}

interface CheckLineProps {
  label: string;
  help: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function CheckLine({ label, help, checked, onChange }: CheckLineProps) {
  const id = useId();
  return (
    <div>
      <label className="tap flex items-center gap-2">
        <input
          type="checkbox"
          className="shrink-0"
          checked={checked}
          aria-describedby={id}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
      <p id={id} className="text-sm text-muted">
        {help}
      </p>
    </div>
  );
}
