import type { UserContentBlock } from '@claude-sdk-pattern/protocol';
import { FileText, X } from 'lucide-react';
import { useContext, useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { useDraft } from '../../services/use-draft.ts';
import { useFileName } from '../../services/use-file-name.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import type { Attachment, UserItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { ComposerFrame } from '../composer/composer-frame.tsx';
import { useTextHeight } from '../composer/use-text-height.ts';
import { useRewindPreview } from '../panel/use-rewind-preview.ts';
import { toEditKey } from './edit-key.ts';
import { b } from './messages.ts';
import { PlaceContext } from './place-context.ts';
import { PutFilesBack } from './put-files-back.tsx';

/** Of the files, which go back before the message is sent. */
type Putting = { state: 'not' | 'busy' | 'done' } | { state: 'failed'; problem: Problem };

/** A sent message, opened for changes in its place. What is typed is kept as a draft until it is sent or given up. */
export function EditMessage({ item }: { item: UserItem }) {
  const session = useSessionStore();
  const { toBottom } = useContext(PlaceContext);
  const { drafts, api } = useServices();
  const { sessionId } = session.store.getState();
  const key = toEditKey(sessionId, item.id);
  const [text, setText] = useDraft(key);
  const [removed, setRemoved] = useState<ReadonlySet<Attachment>>(new Set());
  const isWorking = useSession(({ view }) => view.activity === 'running' || view.waitingIds.length > 0);
  const branching = useSession((state) => state.branching);
  const looked = useRewindPreview(item.id, isWorking);
  const [wantsBack, setWantsBack] = useState(false);
  const [putting, setPutting] = useState<Putting>({ state: 'not' });
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
  const isBusy = branching.state === 'busy' || putting.state === 'busy';
  const unsent = branching.state === 'failed' && branching.messageId === item.id ? branching.problem : null;
  const failure = putting.state === 'failed' ? putting.problem : unsent;
  const preview = looked.state === 'counted' ? looked.preview : null;
  const mayPutBack =
    preview !== null && preview.total > 0 && preview.in_the_way.length === 0 && putting.state !== 'done';

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
  /** Before the message is sent: its turn may change files at once. */
  const putBack = async (): Promise<boolean> => {
    setPutting({ state: 'busy' });
    try {
      await api.changes.rewind(sessionId, { event_id: item.id, files: true, conversation: false, preview: false });
      setPutting({ state: 'done' });
      return true;
    } catch (error) {
      setPutting({ state: 'failed', problem: toProblem(error) });
      return false;
    }
  };
  const send = async () => {
    if (isEmpty || isWorking || isBusy) return;
    if (mayPutBack && wantsBack && !(await putBack())) return;
    const blocks: UserContentBlock[] = kept.map(({ block }) => block);
    const content = text.trim() === '' ? blocks : [...blocks, { type: 'text' as const, text }];
    if (await session.edit(item.id, content)) {
      close();
      toBottom();
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
        {mayPutBack && (
          <PutFilesBack preview={preview} checked={wantsBack} onChange={setWantsBack} onKeyDown={onKeyDown} />
        )}
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
