import type { UserContentBlock } from '@claude-sdk-pattern/protocol';
import { FileText, X } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { useDraft } from '../../services/use-draft.ts';
import { useFileName } from '../../services/use-file-name.ts';
import { useServices } from '../../services/services.ts';
import type { Attachment, UserItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { ComposerFrame } from '../composer/composer-frame.tsx';
import { useTextHeight } from '../composer/use-text-height.ts';
import { toEditKey } from './edit-key.ts';
import { b } from './messages.ts';

/** A sent message, opened for changes in its place. What is typed is kept as a draft until it is sent or given up. */
export function EditMessage({ item }: { item: UserItem }) {
  const session = useSessionStore();
  const { drafts } = useServices();
  const key = toEditKey(session.store.getState().sessionId, item.id);
  const [text, setText] = useDraft(key);
  const [removed, setRemoved] = useState<ReadonlySet<Attachment>>(new Set());
  const isWorking = useSession(({ view }) => view.activity === 'running' || view.waitingIds.length > 0);
  const branching = useSession((state) => state.branching);
  const area = useRef<HTMLTextAreaElement>(null);
  const note = useId();
  useTextHeight(area, text);
  useEffect(() => {
    const element = area.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const kept = item.attachments.filter((attachment) => !removed.has(attachment));
  const isEmpty = text.trim() === '' && kept.length === 0;
  const isBusy = branching.state === 'busy';
  const failure = branching.state === 'failed' && branching.messageId === item.id ? branching.problem : null;

  const close = () => {
    drafts.set(key, '');
    session.dismissBranching();
    session.setEditing(null);
  };
  const cancel = () => {
    close();
    // The button that opened it is there again in the next frame.
    requestAnimationFrame(() => document.getElementById(`edit-${item.id}`)?.focus());
  };
  const send = async () => {
    if (isEmpty || isWorking || isBusy) return;
    const blocks: UserContentBlock[] = kept.map(({ block }) => block);
    const content = text.trim() === '' ? blocks : [...blocks, { type: 'text' as const, text }];
    if (await session.edit(item.id, content)) {
      close();
      document.getElementById('composer')?.focus({ preventScroll: true });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      // Elsewhere the key stops the turn.
      event.stopPropagation();
      cancel();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  };

  return (
    <div className="w-full max-w-[88%] max-md:max-w-full">
      <ComposerFrame dragging={false} failed={failure !== null}>
        {kept.length > 0 && (
          <ul aria-label={b.files} className="flex flex-wrap gap-2 px-3 pt-3">
            {kept.map((attachment, index) => (
              <KeptFile
                key={index}
                attachment={attachment}
                onRemove={() => {
                  setRemoved(new Set(removed).add(attachment));
                  area.current?.focus();
                }}
              />
            ))}
          </ul>
        )}
        <textarea
          ref={area}
          aria-label={b.editLabel}
          aria-describedby={note}
          aria-busy={isBusy}
          rows={1}
          dir="auto"
          value={text}
          enterKeyHint="send"
          onChange={({ target }) => setText(target.value)}
          onKeyDown={onKeyDown}
          className="block max-h-65 w-full resize-none overflow-y-auto bg-transparent px-4 pt-3 pb-1.5 text-lg outline-none"
        />
        <div className="flex flex-wrap items-center justify-end gap-2 px-3 pb-3">
          <p id={note} className="min-w-0 flex-1 text-xs text-muted max-md:basis-full max-md:px-1">
            {isWorking ? b.waitForTurn : isEmpty ? b.empty : b.editHelp}
          </p>
          <Button size="small" look="quiet" onClick={cancel}>
            {b.cancel}
          </Button>
          <Button size="small" look="primary" busy={isEmpty || isWorking || isBusy} onClick={() => void send()}>
            {isBusy ? b.sending : b.send}
          </Button>
        </div>
      </ComposerFrame>
      {failure !== null && (
        <p role="alert" className="mt-1 px-1 text-sm text-bad">
          {b.failed(failure.message)}
        </p>
      )}
    </div>
  );
}

function KeptFile({ attachment, onRemove }: { attachment: Attachment; onRemove: () => void }) {
  const name = useFileName(attachment.fileId) ?? attachment.title;
  return (
    <li className="flex max-w-full items-center gap-2 rounded-sm border border-line bg-surface p-1 pl-2 text-sm">
      <FileText size={15} aria-hidden className="shrink-0 text-muted" />
      <span className="max-w-52 truncate" title={name}>
        {name}
      </span>
      <button
        type="button"
        aria-label={b.removeFile(name)}
        title={b.removeFile(name)}
        onClick={onRemove}
        className="tap flex size-7 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
      >
        <X size={14} aria-hidden />
      </button>
    </li>
  );
}
