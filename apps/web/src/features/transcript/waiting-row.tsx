import { Clock, Undo2 } from 'lucide-react';
import { useState } from 'react';

import { joinTexts } from '../../services/drafts.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import type { UserItem } from '../../session/items.ts';
import { useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { AttachmentView } from '../attachments/attachment-view.tsx';
import { toSentFiles } from '../../session/sent-file.ts';

/** A longer text does not fit into the six lines of the row. */
const SHOWN_CHARS = 2000;

/** A queued message, which no turn has taken yet. It can be moved back into the message box. */
export function WaitingRow({ item }: { item: UserItem }) {
  const { bootstrap, drafts, draftFiles, fileNames } = useServices();
  const mayDrive = useMayDrive();
  const other = item.actor !== null && item.actor.id !== bootstrap.user.id ? item.actor.name : null;
  const session = useSessionStore();
  const [state, setState] = useState<'idle' | 'busy' | 'late'>('idle');
  const { sessionId } = session.store.getState();

  const withdraw = async () => {
    setState('busy');
    const done = await session.withdraw(item.id);
    if (!done) return setState('late');
    draftFiles.restore(sessionId, toSentFiles(item.attachments, fileNames.store.getState()));
    drafts.set(sessionId, joinTexts(item.text, drafts.get(sessionId)));
    document.getElementById('composer')?.focus();
    return undefined;
  };
  return (
    <article aria-labelledby={`turn-${item.id}`} className="flex flex-col items-end pt-3 pb-4">
      <h2 id={`turn-${item.id}`} className="sr-only">
        {chat.transcript.waiting}:
      </h2>
      {other !== null && <p className="mb-1 px-1 text-xs text-muted">{other}</p>}
      <div className="max-w-[88%] rounded-lg border border-dashed border-control px-4 py-2.5">
        {item.attachments.map((attachment, index) => (
          <AttachmentView key={index} attachment={attachment} />
        ))}
        {item.text !== '' && (
          <p className="line-clamp-6 text-lg wrap-anywhere whitespace-pre-wrap">{item.text.slice(0, SHOWN_CHARS)}</p>
        )}
      </div>
      <div className="mt-1 flex flex-wrap items-center justify-end gap-1 text-sm text-muted">
        <span className="flex items-center gap-1.5 px-1" title={chat.transcript.waitingHelp}>
          <Clock size={13} aria-hidden />
          {state === 'late' ? <span role="alert">{chat.transcript.withdrawFailed}</span> : chat.transcript.waiting}
        </span>
        {mayDrive && (
          <Button look="quiet" size="small" disabled={state === 'busy'} onClick={() => void withdraw()}>
            <Undo2 size={13} aria-hidden />
            {chat.transcript.withdraw}
          </Button>
        )}
      </div>
    </article>
  );
}
