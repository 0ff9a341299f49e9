import { clsx } from 'clsx';
import { ArrowUp, Paperclip, Square } from 'lucide-react';
import {
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from 'react';

import { useDraft } from '../../services/use-draft.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import type { SendState } from '../../session/session-state.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { AttachButton } from '../attachments/attach-button.tsx';
import { DraftFileList } from '../attachments/draft-file-list.tsx';
import type { DraftFile } from '../../services/draft-files.ts';
import { useDraftFiles } from '../../services/use-draft-files.ts';
import type { SentFile } from '../../session/sent-file.ts';
import { useFileDrop } from '../attachments/use-file-drop.ts';
import { ComposerMenu, MENU_ID, toOptionId } from './composer-menu.tsx';
import { m } from './messages.ts';
import type { SuggestionSource } from './suggestions.ts';
import { countTextBytes, MAX_TEXT_BYTES } from './text-size.ts';
import { TooLongNote } from './too-long-note.tsx';
import { useComposerMenu } from './use-composer-menu.ts';
import { useRecall } from './use-recall.ts';

export interface ComposerHandle {
  focus: () => void;
}

/** What somebody sends. */
export interface ComposedMessage {
  text: string;
  files: readonly SentFile[];
}

export interface ComposerProps {
  ref?: Ref<ComposerHandle>;
  /** The session's id, or `new`. */
  draftKey: string;
  send: SendState;
  onSend: (message: ComposedMessage) => void;
  /** Is called when somebody is about to write: at a press into the box, and at every change. */
  onTyping?: () => void;
  /** Given while there is something to stop. */
  onStop?: (() => void) | undefined;
  /** What Enter does with the text. */
  sendLabel: string;
  /** The same in full while it does something else than send; its button then has its label in words. */
  sendHelp?: string | undefined;
  /** Its label on a phone. */
  sendShort?: string | undefined;
  offline: boolean;
  placeholder: string;
  /** Own earlier messages, oldest first, for the up-arrow. */
  earlier: readonly string[];
  /** Why nothing can be sent here, or null. */
  closedBecause?: string | null;
  /** What opens a closed composer again. */
  reopen?: { label: string; run: () => void };
  autoFocus?: boolean;
  /** Where the menus behind `/` and `@` get their lines; without it there are none. */
  source?: SuggestionSource;
  /** Menus on the left of the lower edge. */
  children?: ReactNode;
}

const MAX_HEIGHT_PX = 260;
const MEASURED_CHARS = 20_000;

/** Where people write. The text stays until the server has it. */
export function Composer(props: ComposerProps) {
  const [text, setText] = useDraft(props.draftKey);
  const area = useRef<HTMLTextAreaElement>(null);
  const recall = useRecall(props.earlier, text, setText);
  const sending = props.send.state === 'sending';
  const closed = props.closedBecause ?? null;
  const { draftFiles, announcer } = useServices();
  const files = useDraftFiles(props.draftKey);
  const ready = files.flatMap((each) => (each.state === 'ready' ? [each.file] : []));
  const allReady = ready.length === files.length;
  const [pasted, setPasted] = useState<string | null>(null);
  const tooLong = useMemo(() => pasted !== null || countTextBytes(text) > MAX_TEXT_BYTES, [pasted, text]);
  const canSend = !tooLong && (text.trim() !== '' || files.length > 0) && allReady && !sending && closed === null;
  const attach = (added: readonly File[]) => {
    if (added.length === 0 || closed !== null || sending) return;
    draftFiles.add(props.draftKey, added);
    announcer.say(t.attachments.added(added.length));
    props.onTyping?.();
    area.current?.focus();
  };
  const attachText = () => {
    attach([new File([pasted ?? text], t.composer.textFileName(files.length + 1), { type: 'text/plain' })]);
    if (pasted === null) setText('');
    setPasted(null);
  };
  const dragging = useFileDrop(attach) && closed === null;
  useImperativeHandle(props.ref, () => ({ focus: () => area.current?.focus() }), []);

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    // To measure a long text takes longer than a key may; it is higher than the box in any case.
    if (text.length > MEASURED_CHARS) {
      element.style.height = `${MAX_HEIGHT_PX}px`;
      return;
    }
    element.style.height = '0px';
    element.style.height = `${Math.min(element.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [text]);

  const submit = () => {
    if (!canSend) return;
    close();
    props.onSend({ text, files: ready });
  };
  const {
    menu,
    read,
    close,
    choose,
    onKeyDown: onMenuKey,
  } = useComposerMenu({
    area,
    source: props.source,
    setText,
    submit: () => submit(),
  });
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // 229: Safari ends a composition before it reports the key.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (onMenuKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      submit();
    } else recall(event);
  };
  if (closed !== null) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg border border-line bg-surface px-4 py-2.5">
        <p className="text-muted">{closed}</p>
        {text.trim() !== '' && (
          <div className="order-last flex w-full items-start gap-2 border-t border-line pt-2">
            <p className="max-h-40 min-w-0 flex-1 overflow-y-auto wrap-anywhere whitespace-pre-wrap">
              <span className="text-muted">{t.composer.keptDraft}</span> {text.slice(0, MEASURED_CHARS)}
            </p>
            <CopyButton text={text} label={t.composer.copyDraft} className="shrink-0" />
          </div>
        )}
        {props.reopen !== undefined && <Button onClick={props.reopen.run}>{props.reopen.label}</Button>}
      </div>
    );
  }
  return (
    <div className="relative">
      {menu !== null && <ComposerMenu menu={menu} onChoose={choose} />}
      <div
        className={clsx(
          'rounded-lg border bg-raised transition-colors duration-120 focus-within:border-accent',
          dragging ? 'border-dashed border-accent' : props.send.state === 'failed' ? 'border-bad' : 'border-control',
        )}
      >
        {dragging && (
          <p className="flex items-center gap-2 px-4 pt-3 text-sm font-semibold text-accent">
            <Paperclip size={15} aria-hidden />
            {t.attachments.drop}
          </p>
        )}
        <DraftFileList files={files} onRemove={(localId) => draftFiles.remove(props.draftKey, localId)} />
        <textarea
          ref={area}
          id="composer"
          aria-label={t.composer.label}
          aria-describedby="composer-note"
          aria-busy={sending}
          {...(props.source !== undefined && { 'aria-autocomplete': 'list' as const })}
          {...(menu !== null && menu.list?.items.length !== 0 && { 'aria-controls': MENU_ID })}
          {...(menu !== null && menu.active !== -1 && { 'aria-activedescendant': toOptionId(menu.active) })}
          readOnly={sending}
          rows={1}
          value={text}
          placeholder={props.placeholder}
          autoFocus={props.autoFocus}
          enterKeyHint="send"
          onPointerDown={props.onTyping}
          onChange={(event) => {
            setText(event.target.value);
            props.onTyping?.();
            if (event.nativeEvent instanceof InputEvent && event.nativeEvent.isComposing) close();
            else read(event.target, 'text');
          }}
          onCompositionEnd={(event) => read(event.currentTarget, 'text')}
          onSelect={(event) => read(event.currentTarget, 'caret')}
          onBlur={close}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const { files: pastedFiles, types } = event.clipboardData;
            // Text that was copied with its picture, as from an office program, is meant as text.
            if (types.includes('text/plain')) {
              const added = event.clipboardData.getData('text/plain');
              if (countTextBytes(text) + countTextBytes(added) <= MAX_TEXT_BYTES) return;
              // In the box it could not be sent, and laying it out would hold the page up for seconds.
              event.preventDefault();
              setPasted(added);
            } else if (pastedFiles.length > 0) {
              event.preventDefault();
              attach([...pastedFiles]);
            }
          }}
          className={clsx(
            'block max-h-65 w-full resize-none overflow-y-auto bg-transparent px-4 pt-3 pb-1.5 text-lg outline-none',
            sending && 'text-muted',
          )}
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <AttachButton onFiles={attach} />
          {props.children}
          <div className="ml-auto flex items-center gap-2">
            {props.onStop !== undefined && (
              <Button size="small" className="h-8" onClick={props.onStop}>
                <Square size={12} fill="currentColor" aria-hidden />
                {/* On a phone the mark says it: model and mode need the room. */}
                <span className="max-md:sr-only">{t.composer.stop}</span>
              </Button>
            )}
            <button
              type="button"
              onClick={submit}
              disabled={!canSend}
              aria-label={props.sendLabel}
              title={props.sendHelp ?? props.sendLabel}
              className="tap flex h-8 min-w-8 items-center justify-center rounded-sm bg-accent px-1.5 text-on-accent transition-opacity duration-120 disabled:cursor-not-allowed disabled:bg-surface disabled:text-muted"
            >
              {props.sendHelp === undefined ? (
                <ArrowUp size={18} aria-hidden />
              ) : (
                <span className="px-1.5 text-sm font-semibold whitespace-nowrap">
                  <span className="max-md:hidden">{props.sendLabel}</span>
                  <span className="md:hidden">{props.sendShort ?? props.sendLabel}</span>
                </span>
              )}
            </button>
          </div>
        </div>
      </div>
      {tooLong && props.send.state !== 'sending' ? (
        <TooLongNote
          text={pasted ?? text}
          onAttach={attachText}
          onDrop={pasted === null ? undefined : () => setPasted(null)}
        />
      ) : (
        <SendNote
          send={props.send}
          offline={props.offline}
          files={files}
          hint={props.sendHelp ?? (props.source === undefined ? t.composer.hint : m.hint)}
          onRetry={submit}
        />
      )}
    </div>
  );
}

interface SendNoteProps {
  send: SendState;
  offline: boolean;
  files: readonly DraftFile[];
  hint: string;
  onRetry: () => void;
}

function SendNote({ send, offline, files, hint, onRetry }: SendNoteProps) {
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
