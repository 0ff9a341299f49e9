import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { flushSync } from 'react-dom';

import { useServices } from '../../services/services.ts';
import { findMenuTrigger, replaceTrigger, type MenuTrigger } from './menu-trigger.ts';
import { m } from './messages.ts';
import { findBest, isMatch, type Suggestion, type SuggestionList, type SuggestionSource } from './suggestions.ts';

/** Longer than the time between two keys of a fast typist, because the server searches for files. */
const TYPING_MS = 90;
/** Stands for the text field itself, which is no entry of the list. */
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
  /** The index of the highlighted entry; -1 for none. */
  active: number;
}

/** The list belongs to the text that it was requested for. An older list stays until the next one arrives. */
type Found = { kind: MenuTrigger['kind']; query: string; list: SuggestionList | null; failed: boolean };

/**
 * The menu for `/` and `@`. Only typing opens it, and never during the composition of a word. After a person closes it,
 * it does not reopen for the same word. As soon as the typed text has a match, the best match is highlighted. Enter
 * takes the highlighted entry; Tab keeps its usual meaning.
 *
 * Over 100 lines: keys, caret and answers change the one state of the menu.
 */
export function useComposerMenu({ area, source, setText, submit }: ComposerMenuDeps) {
  const { announcer } = useServices();
  const [trigger, setTrigger] = useState<MenuTrigger | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  /** The id of the entry that the arrow keys selected, or that of the text field; null before any arrow key. */
  const [reached, setReached] = useState<string | typeof TEXT | null>(null);
  /** The index of the word for which the menu was closed. */
  const dismissed = useRef<number | null>(null);
  /** The caret position to set once the chosen text is in the box. */
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current !== null) area.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const { kind, query } = trigger ?? {};

  useEffect(() => {
    if (source === undefined || kind === undefined || query === undefined) return undefined;
    if (kind === 'file' && !source.hasFiles) return undefined;
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
  // A slash that begins no command begins a path or a sentence.
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

  /** Reads the text again: after every change, and after the caret moved. */
  const read = (element: HTMLTextAreaElement, change: 'text' | 'caret') => {
    // What is typed before there are suggestions is answered when they come.
    const word =
      element.selectionStart === element.selectionEnd ? findMenuTrigger(element.value, element.selectionStart) : null;
    const next = word?.kind === 'file' && source?.hasFiles === false ? null : word;
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

  /** True if the menu used the key. */
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): boolean => {
    if (!isShown || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.shiftKey && event.key !== 'Tab') return false;
    if (event.key === 'Tab') {
      // The menu closes before the focus moves, so that Tab reaches the same element as without a menu.
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
      // The command is typed in full and takes no argument, so the menu has nothing to offer.
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

/** The current index of an entry; a newer list may have it elsewhere, or not at all. */
function findReached(items: readonly Suggestion[], reached: string | null): number | undefined {
  const index = items.findIndex(({ id }) => id === reached);
  return index === -1 ? undefined : index;
}

/** The next entry. The text field comes before the first entry and after the last one. */
function step(active: number, by: 1 | -1, count: number): number {
  const next = active + by;
  if (next < -1) return count - 1;
  return next >= count ? -1 : next;
}
