import { clsx } from 'clsx';

import { t } from '../../messages/index.ts';
import type { DraftFile } from '../../services/draft-files.ts';
import type { SendState } from '../../session/session-state.ts';
import { Button } from '../../ui/button.tsx';

interface SendNoteProps {
  send: SendState;
  offline: boolean;
  files: readonly DraftFile[];
  hint: string;
  onRetry: () => void;
}

/** The line below the box: the state of the message being sent, or what Enter does. */
export function SendNote({ send, offline, files, hint, onRetry }: SendNoteProps) {
  if (send.state === 'failed') {
    return (
      <div id="composer-note" role="alert" className="flex items-center gap-2 px-1 pt-1 text-sm text-bad">
        <span className="min-w-0 flex-1">
          <span className="font-semibold">{t.composer.notSent}</span> · {send.problem.message}
        </span>
        <Button size="small" onClick={onRetry}>
          {t.app.retry}
        </Button>
      </div>
    );
  }
  const failed = files.some((each) => each.state === 'failed');
  if (failed || files.some((each) => each.state === 'uploading')) {
    return (
      <p id="composer-note" className={clsx('px-1 pt-1 text-xs', failed ? 'text-bad' : 'text-muted')}>
        {failed ? t.attachments.blocked : t.attachments.wait}
      </p>
    );
  }
  const note = send.state === 'none' ? hint : offline ? t.composer.offline : t.composer.sending;
  return (
    <p
      id="composer-note"
      className={clsx('px-1 pt-1 text-xs text-muted', send.state === 'none' && 'max-md:sr-only short:sr-only')}
    >
      {note}
    </p>
  );
}
