import { useImperativeHandle, useRef, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';

import { useDraft } from '../../services/use-draft.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import type { OutgoingMessage, SendState } from '../../session/session-state.ts';
import { AttachButton } from '../attachments/attach-button.tsx';
import { DraftFileList } from '../attachments/draft-file-list.tsx';
import type { SentFile } from '../../session/sent-file.ts';
import { ClosedComposer } from './closed-composer.tsx';
import { ComposerFrame } from './composer-frame.tsx';
import { ComposerMenu } from './composer-menu.tsx';
import { ComposerText } from './composer-text.tsx';
import { m } from './messages.ts';
import { SendButtons } from './send-buttons.tsx';
import { SendNote } from './send-note.tsx';
import type { SuggestionSource } from './suggestions.ts';
import { TooLongNote } from './too-long-note.tsx';
import { useComposerFiles } from './use-composer-files.ts';
import { useComposerMenu } from './use-composer-menu.ts';
import { useRecall } from './use-recall.ts';
import { useTextHeight } from './use-text-height.ts';

export interface ComposerHandle {
  focus: () => void;
}

export interface ComposerProps {
  ref?: Ref<ComposerHandle>;
  /** The session's id, or `new`. */
  draftKey: string;
  send: SendState;
  onSend: (message: OutgoingMessage) => void;
  /** Called when a person is about to write: on a press into the box, and on every change. */
  onTyping?: (hasText: boolean) => void;
  /** Called when the first character is typed into the empty box. */
  onBegin?: () => void;
  /** Given while something can be stopped. */
  onStop?: (() => void) | undefined;
  /** What Enter does with the text. */
  sendLabel: string;
  /** The same as a full sentence, where Enter does something other than send; the button then shows its label. */
  sendHelp?: string | undefined;
  /** The button's label on a phone. */
  sendShort?: string | undefined;
  offline: boolean;
  placeholder: string;
  /** The person's earlier messages, oldest first, for the up-arrow. */
  earlier: readonly string[];
  /** Why nothing can be sent, or null. */
  closedBecause?: string | null;
  /** The action that opens a closed composer again. */
  reopen?: { label: string; run: () => void };
  autoFocus?: boolean;
  /** The source of the suggestions for `/` and `@`; without it there are no menus. */
  source?: SuggestionSource;
  /** Menus on the left of the box's lower edge. */
  children?: ReactNode;
}

const NONE: readonly SentFile[] = [];

const OPEN_MENU = '[role="menu"][data-state="open"]';

function toHint(source: SuggestionSource | undefined): string {
  if (source === undefined) return t.composer.hint;
  return source.hasFiles ? m.hint : m.hintWithoutFiles;
}

/** The message box. It takes the next text as soon as the previous one is being sent. */
export function Composer(props: ComposerProps) {
  const [text, setText] = useDraft(props.draftKey);
  const area = useRef<HTMLTextAreaElement>(null);
  const recall = useRecall(props.earlier, text, setText);
  // A session that has loaded must not take the focus out of a menu that somebody has opened meanwhile.
  const [focusesItself] = useState(() => props.autoFocus === true && document.querySelector(OPEN_MENU) === null);
  const sending = props.send.state === 'sending';
  const closed = props.closedBecause ?? null;
  const { draftFiles } = useServices();
  const { files, ready, attach, long, onPaste, dragging } = useComposerFiles({
    draftKey: props.draftKey,
    draft: [text, setText],
    locked: closed !== null,
    outgoing: props.send.state === 'sending' ? props.send.message.files : NONE,
    onAttached() {
      props.onTyping?.(true);
      area.current?.focus();
    },
  });
  const hasContent = text.trim() !== '' || files.length > 0;
  const canSend = hasContent && long === null && ready.length === files.length && !sending && closed === null;
  useImperativeHandle(props.ref, () => ({ focus: () => area.current?.focus() }), []);

  useTextHeight(area, text);

  const submit = () => {
    if (!canSend) return;
    menus.close();
    props.onSend({ text, files: ready });
  };
  const menus = useComposerMenu({ area, source: props.source, setText, submit: () => submit() });
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // 229 is an input method's key code: Safari ends a composition before it reports the key.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (menus.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      submit();
    } else recall(event);
  };
  if (closed !== null) return <ClosedComposer because={closed} draft={text} reopen={props.reopen} />;
  return (
    <div className="relative">
      {menus.menu !== null && <ComposerMenu menu={menus.menu} onChoose={menus.choose} />}
      <ComposerFrame dragging={dragging} failed={props.send.state === 'failed'}>
        <DraftFileList files={files} onRemove={(localId) => draftFiles.remove(props.draftKey, localId)} />
        <ComposerText
          ref={area}
          text={text}
          sending={sending}
          placeholder={props.placeholder}
          autoFocus={focusesItself}
          hasMenus={props.source !== undefined}
          menu={menus.menu}
          onPress={props.onTyping && (() => props.onTyping?.(text !== ''))}
          onText={(element, composing) => {
            if (text === '') props.onBegin?.();
            setText(element.value);
            props.onTyping?.(element.value !== '');
            if (composing) menus.close();
            else menus.read(element, 'text');
          }}
          onComposed={(element) => menus.read(element, 'text')}
          onCaret={(element) => menus.read(element, 'caret')}
          onBlur={menus.close}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        {/* On a phone, Stop and Send have their own line, so that no label is cut off; on the smallest screens they
            share a line to save height. */}
        <div className="flex items-center gap-1 px-2 pb-2 min-[360px]:max-md:flex-wrap">
          <AttachButton onFiles={attach} />
          {props.children}
          <SendButtons
            onStop={props.onStop}
            onSend={submit}
            canSend={canSend}
            label={props.sendLabel}
            help={props.sendHelp}
            short={props.sendShort}
          />
        </div>
      </ComposerFrame>
      {long !== null ? (
        <TooLongNote {...long} />
      ) : (
        <SendNote
          send={props.send}
          offline={props.offline}
          files={files}
          hint={props.sendHelp ?? toHint(props.source)}
          onRetry={submit}
        />
      )}
    </div>
  );
}
