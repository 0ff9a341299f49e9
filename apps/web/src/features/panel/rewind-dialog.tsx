import type { RewindResult, WorkspaceChange } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { c } from './change-messages.ts';
import { Counts } from './counts.tsx';

interface RewindDialogProps {
  /** A message, or a rewind that is taken back. */
  eventId: string;
  takesBack?: boolean;
  onClose: () => void;
}

/** Shows what taking the files back would change, and does it. */
export function RewindDialog({ eventId, takesBack = false, onClose }: RewindDialogProps) {
  const { api, announcer } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [preview, setPreview] = useState<RewindResult['files']>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let isGone = false;
    api.changes.rewind(sessionId, { event_id: eventId, files: true, conversation: false, preview: true }).then(
      (result) => !isGone && setPreview(result.files),
      (error: unknown) => !isGone && setProblem(toProblem(error)),
    );
    return () => {
      isGone = true;
    };
  }, [api, sessionId, eventId]);

  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { files } = await api.changes.rewind(sessionId, {
        ...{ event_id: eventId, files: true, conversation: false, preview: false },
      });
      announcer.say(c.rewind.done(files?.total ?? 0));
      onClose();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const isBlocked = preview === null || preview.total === 0 || preview.in_the_way.length > 0;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={takesBack ? c.rewind.takeBackTitle : c.rewind.title}
      description={takesBack ? c.rewind.takeBackHelp : c.rewind.help}
    >
      <div className="flex flex-col gap-4">
        <div aria-live="polite">
          {preview === null && problem === null && <p className="text-sm text-muted">{c.rewind.counting}</p>}
          {preview !== null && <Preview preview={preview} />}
        </div>
        {problem !== null && (
          <p role="alert" className="text-sm wrap-anywhere text-bad">
            {c.rewind.failed(problem.message)}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button data-autofocus="" onClick={onClose}>
            {t.app.cancel}
          </Button>
          <Button look="primary" busy={busy} disabled={isBlocked} onClick={() => void submit()}>
            {takesBack ? c.rewind.takeBack : c.rewind.submit}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Preview({ preview }: { preview: NonNullable<RewindResult['files']> }) {
  if (preview.total === 0) return <p className="text-sm">{c.rewind.nothing}</p>;
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="nums font-semibold">{c.rewind.changes(preview.total)}</p>
      <div
        tabIndex={0}
        role="group"
        aria-label={c.rewind.changes(preview.total)}
        className="max-h-60 overflow-auto rounded-sm border border-line"
      >
        <ul>
          {preview.data.map((change) => (
            <PreviewRow key={change.path} change={change} />
          ))}
        </ul>
        {preview.total > preview.data.length && (
          <p className="px-3 py-1.5 text-muted">{c.listed(preview.data.length, preview.total)}</p>
        )}
      </div>
      {preview.in_the_way.length > 0 && (
        <div role="alert" className="rounded-sm bg-warn-soft px-3 py-2 text-warn">
          <p className="font-semibold">{c.rewind.inTheWay}</p>
          <ul className="wrap-anywhere">
            {preview.in_the_way.map((path) => (
              <li key={path}>{path}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="text-muted">{c.rewind.ignored}</p>
    </div>
  );
}

function PreviewRow({ change }: { change: WorkspaceChange }) {
  return (
    <li className="flex items-baseline gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
      <span className="min-w-0 flex-1 wrap-anywhere">{change.path}</span>
      <span className="shrink-0 text-muted">{c.rewind.verbs[change.status]}</span>
      <span className="nums flex shrink-0 gap-1.5 text-xs">
        {change.added !== null && <Counts added={change.added} removed={change.removed ?? 0} />}
      </span>
    </li>
  );
}
