import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useRef, useState, type FormEvent } from 'react';
import { flushSync } from 'react-dom';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { readServer, toServerDraft } from './edit-server.ts';
import { FailureView } from './failure-view.tsx';
import { t } from './messages.ts';
import { SourceFields } from './source-fields.tsx';
import { useSending } from './use-sending.ts';
import { useShownProblems } from './use-shown-problems.ts';

export interface EditServerDialogProps {
  plugin: PluginResource;
  onClose: () => void;
  onChanged: (plugin: PluginResource) => void;
}

/** Changes a bare MCP server: its command with arguments and environment, or its URL with headers. */
export function EditServerDialog({ plugin, onClose, onChanged }: EditServerDialogProps) {
  const { api } = useServices();
  const [before] = useState(() => toServerDraft(plugin.source ?? {}));
  const [draft, setDraft] = useState(before);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { busy, failure, send } = useSending();
  const isChanged = JSON.stringify(draft) !== JSON.stringify(before);
  const unsaved = useUnsaved(!busy && isChanged);
  const form = useRef<HTMLFormElement>(null);
  const { problems: all, asked, change } = readServer(draft, before, chosen);
  const { problems, noteLeft, noteTry } = useShownProblems(all);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (!isChanged) return onClose();
    flushSync(() => noteTry());
    if (Object.keys(all).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    else void send(() => api.plugins.changeServer(plugin.name, { digest: plugin.digest ?? '', ...change }), onChanged);
  };
  const choose = (line: string, isChosen: boolean) => {
    const others = [...chosen].filter((each) => each !== line);
    setChosen(new Set(isChosen ? [...others, line] : others));
  };
  return (
    <Dialog
      {...{
        ...{ open: true, wide: true },
        title: t.editTitle(plugin.display_name),
        description: t.editHelp[plugin.state === 'active' ? 'active' : 'other'],
      }}
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
    >
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-3">
        <SourceFields
          {...{ draft, problems, onLeave: noteLeft, hasName: true }}
          onChange={(changes) => setDraft({ ...draft, ...changes })}
        />
        {asked.length > 0 && (
          <fieldset className="rounded-sm border border-line bg-warn-soft px-3 py-2">
            <legend className="px-1 text-sm font-semibold">{t.askedTitle}</legend>
            {asked.map((line) => (
              <label key={line} className="tap flex items-center gap-2 py-1 text-sm">
                <input
                  type="checkbox"
                  className="shrink-0"
                  checked={chosen.has(line)}
                  onChange={(event) => choose(line, event.target.checked)}
                />
                <code className="min-w-0 font-mono wrap-anywhere">{line}</code>
              </label>
            ))}
          </fieldset>
        )}
        {failure !== null && <FailureView error={failure} />}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={() => unsaved.guard(onClose)}>{app.app.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {t.submitEdit}
          </Button>
        </div>
      </form>
      {unsaved.question}
    </Dialog>
  );
}
