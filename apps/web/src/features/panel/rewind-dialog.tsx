import { useState } from 'react';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Segments } from '../../ui/segments.tsx';
import { c } from './change-messages.ts';
import { RewindPreview } from './rewind-preview.tsx';
import { useRewindPreview, type RewindPreviewState } from './use-rewind-preview.ts';

/** What goes back. */
export type RewindPart = 'both' | 'conversation' | 'files';

export interface RewindDialogProps {
  /** A message; or a rewind of files that is taken back. */
  eventId: string;
  /** With a rewind: what of it is taken back. With a message people choose. */
  takesBack?: 'both' | 'files';
  onDone?: (part: RewindPart) => void;
  onClose: () => void;
}

/** Lets people choose what goes back, shows what that changes in the files, and does it. */
export function RewindDialog({ eventId, takesBack, onDone, onClose }: RewindDialogProps) {
  const { api, announcer } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const looked = useRewindPreview(eventId);
  const [chosen, setChosen] = useState<RewindPart>(takesBack ?? 'both');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const part = takesBack ?? (hasFiles(looked) ? chosen : 'conversation');

  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { files } = await api.changes.rewind(sessionId, {
        ...{ event_id: eventId, files: part !== 'conversation', conversation: part !== 'files', preview: false },
      });
      announcer.say(part === 'files' ? c.rewind.done(files?.total ?? 0) : c.rewind.went(files?.total ?? 0));
      onDone?.(part);
      onClose();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={takesBack === undefined ? c.rewind.title : c.rewind.takeBackTitle}
      description={takesBack === undefined ? c.rewind.help : c.rewind.takeBackHelp[takesBack]}
    >
      <div className="flex flex-col gap-4">
        {takesBack === undefined && hasFiles(looked) && (
          <Segments label={c.rewind.part} value={chosen} options={PARTS} onChange={setChosen} />
        )}
        <div aria-live="polite">
          {part === 'conversation' && hasFiles(looked) ? (
            <p className="text-sm text-muted">{c.rewind.filesStay}</p>
          ) : (
            <Looked looked={looked} takesBack={takesBack !== undefined} />
          )}
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
          <Button look="primary" busy={busy} disabled={isBlocked(looked, part)} onClick={() => void submit()}>
            {takesBack === undefined ? c.rewind.submit[part] : c.rewind.takeBack}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

const PARTS = [
  ['both', c.rewind.parts.both],
  ['conversation', c.rewind.parts.conversation],
  ['files', c.rewind.parts.files],
] as const;

/** Whether there are files to choose: until they are counted, there may be. */
function hasFiles(looked: RewindPreviewState): boolean {
  return looked.state === 'counting' || (looked.state === 'counted' && looked.preview.total > 0);
}

function isBlocked(looked: RewindPreviewState, part: RewindPart): boolean {
  if (part === 'conversation') return false;
  if (looked.state !== 'counted' || looked.preview.in_the_way.length > 0) return true;
  return part === 'files' && looked.preview.total === 0;
}

function Looked({ looked, takesBack }: { looked: RewindPreviewState; takesBack: boolean }) {
  switch (looked.state) {
    case 'counting':
      return <p className="text-sm text-muted">{c.rewind.counting}</p>;
    case 'counted':
      return <RewindPreview preview={looked.preview} />;
    case 'failed': {
      const { message } = looked.problem;
      return (
        <p className="text-sm wrap-anywhere">{takesBack ? c.rewind.failed(message) : c.rewind.onlyWords(message)}</p>
      );
    }
  }
}
