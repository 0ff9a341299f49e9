import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useId, useRef, useState, type FormEvent } from 'react';
import { flushSync } from 'react-dom';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { FailureView, findChoices } from './failure-view.tsx';
import { FIELD } from './field-looks.ts';
import { findDraftProblems } from './find-draft-problems.ts';
import { t } from './messages.ts';
import { SourceFields } from './source-fields.tsx';
import { emptyDraft, toSource, type SourceDraft, type Way } from './to-source.ts';
import { useShownProblems } from './use-shown-problems.ts';
import { useSending } from './use-sending.ts';

export interface AddPluginDialogProps {
  onClose: () => void;
  /** Called unless the dialogue was closed before. */
  onAdded: (plugin: PluginResource) => void;
}

/** Whether something was typed in, whatever way is chosen. */
function isFilled(draft: SourceDraft): boolean {
  const empty = { ...emptyDraft, way: draft.way, transport: draft.transport };
  return Object.entries(empty).some(([name, value]) => draft[name as keyof SourceDraft] !== value);
}

/** Takes a plugin in from any of its sources. */
export function AddPluginDialog({ onClose, onAdded }: AddPluginDialogProps) {
  const { api } = useServices();
  const [draft, setDraft] = useState(emptyDraft);
  const { busy, failure, setFailure, send } = useSending();
  const unsaved = useUnsaved(!busy && isFilled(draft));
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const all = findDraftProblems(draft);
  const { problems, noteLeft, noteTry, forget } = useShownProblems(all);

  /** Of the marketplace that was asked last; empty where the source is none, or names its plugin. */
  const [choices, setChoices] = useState<readonly string[]>([]);

  const install = async (signal: AbortSignal) => {
    try {
      return await api.plugins.install(toSource(draft), { signal, onProgress() {} });
    } catch (error) {
      const offered = findChoices(error);
      if (offered.length > 0 && !signal.aborted) {
        flushSync(() => {
          setChoices(offered);
          setDraft({ ...draft, plugin: '' });
        });
        form.current?.querySelector<HTMLElement>('[data-choices]')?.focus();
      }
      throw error;
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    flushSync(() => noteTry());
    if (Object.keys(all).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    else void send(install, onAdded);
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={t.addTitle}
      description={t.addHelp}
    >
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-3">
        <div>
          <label htmlFor={id} className="mb-1 block text-sm font-semibold">
            {t.from}
          </label>
          <select
            id={id}
            data-autofocus=""
            value={draft.way}
            onChange={(event) => {
              setDraft({ ...draft, way: event.target.value as Way });
              setFailure(null);
              setChoices([]);
              forget();
            }}
            className={FIELD}
          >
            {Object.entries(t.ways).map(([way, name]) => (
              <option key={way} value={way}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <SourceFields
          {...{ draft, problems, choices, onLeave: noteLeft }}
          onChange={(changes) => {
            setDraft({ ...draft, ...changes });
            if (changes.plugin === undefined) setChoices([]);
            // It was about what stood there before.
            setFailure(null);
          }}
        />
        {failure !== null && findChoices(failure).length === 0 && <FailureView error={failure} />}
        {busy && (
          <p role="status" className="text-sm text-muted">
            {t.adding}
          </p>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={() => unsaved.guard(onClose)}>{app.app.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {t.submitAdd}
          </Button>
        </div>
      </form>
      {unsaved.question}
    </Dialog>
  );
}
