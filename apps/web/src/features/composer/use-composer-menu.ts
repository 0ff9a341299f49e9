import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { flushSync } from 'react-dom';

import { useServices } from '../../services/services.ts';
import { findMenuTrigger, replaceTrigger, type MenuTrigger } from './menu-trigger.ts';
import { m } from './messages.ts';
import { findBest, isMatch, type Suggestion, type SuggestionList, type SuggestionSource } from './suggestions.ts';

/** Between two keys of a fast typist; files are looked for on the server. */
const TYPING_MS = 90;
/** Stands for the text, which has no line. */
const TEXT = Symbol('text');

export interface ComposerMenuDeps {
  area: RefObject<HTMLTextAreaElement | null>;
  source: SuggestionSource | undefined;
  setText: (text: string) => void;
  submit: () => void;
}

export interface ComposerMenuState {
  trigger: MenuTrigger;
  /** Null until the first answer. */
  list: SuggestionList | null;
  failed: boolean;
  /** Which line is highlighted; -1 for none. */
  active: number;
}

/** What belongs to the text for which the list was asked; an older list stays until the next one is there. */
type Found = { kind: MenuTrigger['kind']; query: string; list: SuggestionList | null; failed: boolean };

/**
 * The menu behind `/` and `@`. It opens by typing alone, never while a word is composed, and does not come back for a
 * word for which it was closed. As soon as what was typed has a match the best one is highlighted, and Enter takes what is
 * highlighted; Tab is never touched.
 *
 * Over 100 lines: keys, caret and answers move the one state of the menu.
 */
export function useComposerMenu({ area, source, setText, submit }: ComposerMenuDeps) {
  const { announcer } = useServices();
  const [trigger, setTrigger] = useState<MenuTrigger | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  /** The id of the line that the arrow keys have reached, or the text itself; null before any key. */
  const [reached, setReached] = useState<string | typeof TEXT | null>(null);
  /** Where the word stands for which it was closed. */
  const dismissed = useRef<number | null>(null);
  /** Where the caret belongs as soon as the chosen text is in the box. */
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current !== null) area.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const { kind, query } = trigger ?? {};

  useEffect(() => {
    if (source === undefined || kind === undefined || query === undefined) return undefined;
    const abort = new AbortController();
    const look = () =>
      source.find({ kind, query, from: 0 }, abort.signal).then(
        (list) => !abort.signal.aborted && setFound({ kind, query, list, failed: false }),
        () => !abort.signal.aborted && setFound({ kind, query, list: null, failed: true }),
      );
    const timer = setTimeout(() => void look(), kind === 'file' && query !== '' ? TYPING_MS : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [source, kind, query]);

  const current = found !== null && found.kind === kind ? found : null;
  const items = current?.list?.items ?? [];
  const active = reached === TEXT ? -1 : (findReached(items, reached) ?? findBest(items, query ?? ''));
  // A slash that begins no command is the beginning of a path or a sentence.
  const isEmpty = current !== null && items.length === 0 && !current.failed;
  const isShown = trigger !== null && current !== null && !(isEmpty && (kind === 'command' || query !== ''));

  const count = isShown ? items.length : 0;
  useEffect(() => {
    if (count > 0 && kind !== undefined) announcer.say(m.count(count, kind));
  }, [announcer, count, kind]);

  const close = () => {
    setTrigger(null);
    setFound(null);
    setReached(null);
  };

  /** Looks at the text anew: after every change, and when the caret was moved. */
  const read = (element: HTMLTextAreaElement, change: 'text' | 'caret') => {
    if (source === undefined) return;
    const next =
      element.selectionStart === element.selectionEnd ? findMenuTrigger(element.value, element.selectionStart) : null;
    if (next === null || next.from !== dismissed.current) dismissed.current = null;
    if (next === null || dismissed.current !== null || (change === 'caret' && trigger === null)) {
      if (trigger !== null) close();
      return;
    }
    if (next.kind === trigger?.kind && next.from === trigger.from && next.query === trigger.query) return;
    setTrigger(next);
    setReached(null);
  };

  const choose = (suggestion: Suggestion) => {
    const element = area.current;
    if (trigger === null || element === null) return;
    close();
    if (suggestion.run !== undefined) {
      setText('');
      suggestion.run();
      return;
    }
    const next = replaceTrigger(element.value, trigger, suggestion.insert);
    setText(next.text);
    caret.current = next.caret;
    element.focus();
  };

  /** True when the key was for the menu. */
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): boolean => {
    if (!isShown || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.shiftKey && event.key !== 'Tab') return false;
    if (event.key === 'Tab') {
      // Gone before the focus moves, so that it moves to where it would without a menu.
      flushSync(close);
      return false;
    }
    if (event.key === 'Escape') {
      dismissed.current = trigger?.from ?? null;
      event.stopPropagation();
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && items.length > 0) {
      setReached(items[step(active, event.key === 'ArrowDown' ? 1 : -1, items.length)]?.id ?? TEXT);
    } else if (event.key === 'Enter') {
      const chosen = items[active];
      if (chosen === undefined) return false;
      const isWhole = isMatch(chosen, query ?? '') && chosen.group === 'agent' && chosen.hint === '';
      // Typed in full, and nothing can follow: there is nothing left to choose.
      if (isWhole) {
        close();
        submit();
      } else choose(chosen);
    } else return false;
    event.preventDefault();
    return true;
  };

  const menu: ComposerMenuState | null =
    isShown && trigger !== null ? { trigger, list: current.list, failed: current.failed, active } : null;
  return { menu, read, close, choose, onKeyDown };
}

/** Where the line is now: a newer list may have it elsewhere, or not at all. */
function findReached(items: readonly Suggestion[], reached: string | null): number | undefined {
  const index = items.findIndex(({ id }) => id === reached);
  return index === -1 ? undefined : index;
}

/** The next line; before the first and after the last one stands the text itself. */
function step(active: number, by: 1 | -1, count: number): number {
  const next = active + by;
  if (next < -1) return count - 1;
  return next >= count ? -1 : next;
}
