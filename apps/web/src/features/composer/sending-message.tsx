import { Clock, FileText } from 'lucide-react';
import { useId } from 'react';

import { t } from '../../messages/index.ts';
import type { OutgoingMessage } from '../../session/session-state.ts';

/** A text longer than this does not fit into the six lines of the row. */
const SHOWN_CHARS = 2000;

/** A message that is being sent to the server. */
export function SendingMessage({ message }: { message: OutgoingMessage }) {
  const id = useId();
  return (
    <article aria-labelledby={id} className="flex flex-col items-end pt-3 pb-4 text-muted">
      <div className="max-w-[88%] rounded-lg border border-dashed border-control px-4 py-2.5">
        {message.files.map((file) => (
          <p key={file.fileId} className="flex items-center gap-2 text-sm">
            <FileText size={15} aria-hidden className="shrink-0" />
            <span className="truncate">{file.name}</span>
          </p>
        ))}
        <p className="line-clamp-6 text-lg wrap-anywhere whitespace-pre-wrap">{message.text.slice(0, SHOWN_CHARS)}</p>
      </div>
      <p className="mt-1 flex items-center gap-1.5 px-1 text-sm">
        <Clock size={13} aria-hidden />
        <span id={id}>{t.composer.sending}</span>
      </p>
    </article>
  );
}
