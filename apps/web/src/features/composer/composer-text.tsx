import type { ClipboardEvent, KeyboardEvent, Ref } from 'react';

import { t } from '../../messages/index.ts';
import { MENU_ID, toOptionId } from './composer-menu.tsx';
import type { ComposerMenuState } from './use-composer-menu.ts';

interface ComposerTextProps {
  ref: Ref<HTMLTextAreaElement>;
  text: string;
  /** The previous message is being sent. */
  sending: boolean;
  placeholder: string;
  autoFocus: boolean | undefined;
  /** Whether typing can open a menu, and which menu is open. */
  hasMenus: boolean;
  menu: ComposerMenuState | null;
  onPress: (() => void) | undefined;
  /** `composing` is true while an input method composes a word. */
  onText: (element: HTMLTextAreaElement, composing: boolean) => void;
  onComposed: (element: HTMLTextAreaElement) => void;
  onCaret: (element: HTMLTextAreaElement) => void;
  onBlur: () => void;
  onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  onPaste: (event: ClipboardEvent) => void;
}

/** The message's text field, with the ARIA attributes that describe the menu above it. */
export function ComposerText(props: ComposerTextProps) {
  const { ref, text, sending, placeholder, autoFocus, hasMenus, menu, ...on } = props;
  return (
    <textarea
      ref={ref}
      id="composer"
      aria-label={t.composer.label}
      aria-describedby="composer-note"
      aria-busy={sending}
      {...(hasMenus && { 'aria-autocomplete': 'list' as const })}
      {...(menu !== null && menu.list?.items.length !== 0 && { 'aria-controls': MENU_ID })}
      {...(menu !== null && menu.active !== -1 && { 'aria-activedescendant': toOptionId(menu.active) })}
      rows={1}
      value={text}
      placeholder={placeholder}
      autoFocus={autoFocus}
      enterKeyHint="send"
      onPointerDown={on.onPress}
      onChange={(event) => {
        on.onText(event.target, event.nativeEvent instanceof InputEvent && event.nativeEvent.isComposing);
      }}
      onCompositionEnd={(event) => on.onComposed(event.currentTarget)}
      onSelect={(event) => on.onCaret(event.currentTarget)}
      onBlur={on.onBlur}
      onKeyDown={on.onKeyDown}
      onPaste={on.onPaste}
      className="block max-h-65 w-full resize-none overflow-y-auto bg-transparent px-4 pt-3 pb-1.5 text-lg outline-none"
    />
  );
}
