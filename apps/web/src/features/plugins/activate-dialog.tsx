import type { PluginResource, PluginReviewResource } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { DialogEnd } from './dialog-end.tsx';
import { FailureView } from './failure-view.tsx';
import { GRANT_KINDS, listGrantChoices, toGrants, type GrantChoice } from './grant-choices.ts';
import { GrantGroup } from './grant-group.tsx';
import { t } from './messages.ts';
import { OtherChanges, Settings } from './other-changes.tsx';
import { PartChanges } from './part-changes.tsx';
import { PartList } from './part-list.tsx';
import { r } from './review-messages.ts';
import { ReviewStatus } from './review-status.tsx';
import { useReview, type ReviewedPlugin } from './use-review.ts';

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
  /** It may change while somebody looks at it. */
  const [revision] = useState(plugin.revision);
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
  const of = { name: plugin.name, version: pending === null ? 'current' : 'pending' } as const;
  const review = useReview(of);
  // Of a plugin that serves, only what its hooks run is of use: nothing else is new.
  const whole = pending === null && plugin.state === 'active' ? null : review.value;
  // Nobody agrees to what they cannot see yet.
  const isWaiting = (pending !== null || plugin.state !== 'active') && review.value === null && review.problem === null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || isWaiting) return;
    setBusy(true);
    setFailure(null);
    try {
      const digest = review.value?.after.digest ?? (pending ?? plugin).digest;
      onActivated(await api.plugins.activate(plugin.name, { grants: toGrants(chosen), trusted, digest, revision }));
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
      reading={pending !== null || plugin.state !== 'active'}
      wide
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <ReviewStatus review={review} />
        {review.problem !== null && pending !== null && <PartList parts={pending.difference.parts} />}
        {whole !== null && <NeedingGrant of={of} review={whole} />}
        {GRANT_KINDS.map((kind) => (
          <GrantGroup
            key={kind}
            {...{ kind, of, review: review.value }}
            choices={choices.filter((each) => each.kind === kind)}
            chosen={chosen}
            onChange={(choice, isChosen) =>
              setChosen((before) => (isChosen ? [...before, choice] : before.filter((each) => each !== choice)))
            }
          />
        ))}
        {mayBeTrusted && <CheckLine label={t.trusted} help={t.trustedHelp} checked={trusted} onChange={setTrusted} />}
        {whole !== null && <OtherChanges of={of} review={whole} />}
        {failure !== null && <FailureView error={failure} />}
        <DialogEnd>
          {choices.length > 1 && (
            <Button look="quiet" className="mr-auto" onClick={() => setChosen(choices)}>
              {t.grantAll}
            </Button>
          )}
          <Button data-autofocus="" onClick={() => unsaved.guard(onClose)}>
            {app.app.cancel}
          </Button>
          <Button type="submit" look="primary" busy={busy || isWaiting}>
            {words.submit}
          </Button>
        </DialogEnd>
      </form>
      {unsaved.question}
    </Dialog>
  );
}

/** Whether just those are chosen that were granted before. */
function isSame(chosen: readonly GrantChoice[], choices: readonly GrantChoice[]): boolean {
  return choices.every((choice) => chosen.includes(choice) === choice.wasGranted);
}

/** What runs or is set, and waits for an agreement as a whole. Hooks have a choice of their own. */
function NeedingGrant({ of, review }: { of: ReviewedPlugin; review: PluginReviewResource }) {
  const parts = review.parts.filter(({ kind, needs_grant: needs }) => needs && kind !== 'hook');
  const settings = review.settings.filter(({ needs_grant: needs }) => needs);
  if (parts.length + settings.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      <div>
        <h3 className="font-semibold">{review.of === 'install' ? r.runsOnInstall : r.needsGrant}</h3>
        {review.of !== 'install' && <p className="text-sm text-muted">{r.needsGrantHelp}</p>}
      </div>
      <PartChanges of={of} parts={parts} />
      {settings.length > 0 && <Settings of={of} settings={settings} />}
    </div>
  );
}

function toWords({ state, pending }: PluginResource): { title: (name: string) => string; submit: string } {
  if (pending !== null) return { title: (name) => t.acceptTitle(name, pending.version), submit: t.accept };
  if (state === 'active') return { title: t.grantsTitle, submit: t.saveGrants };
  return { title: t.activateTitle, submit: t.activate };
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
