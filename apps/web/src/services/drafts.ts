import { createStore, type StoreApi } from 'zustand/vanilla';

import type { UnsettledText } from './unsettled-text.ts';

/** The unsent texts of one person, by session id or `new`. They are kept across reloads and sign-outs. */
export interface Drafts {
  store: StoreApi<ReadonlyMap<string, string>>;
  get: (key: string) => string;
  set: (key: string, text: string) => void;
  /**
   * Empties the box while its text is being sent. If the page closes before the server has the text, the text is in the
   * box again after a reload, with `unsettled`, by which it is found in the conversation.
   */
  hold: (key: string, unsettled?: UnsettledText) => void;
  /** Drops the held text, because the server has it. */
  release: (key: string) => void;
  /** Returns the held text, which could not be sent, to the box, before anything typed since. */
  putBack: (key: string) => void;
  /** Notes that a text in the box may come back into the conversation by itself. */
  setUnsettled: (key: string, unsettled: UnsettledText | null) => void;
  /** What in the box may be in the conversation as well; null while it is being sent, and where there is nothing. */
  getUnsettled: (key: string) => UnsettledText | null;
  /** Takes the unsettled text out of the box, because it is in the conversation. What was changed in it stays. */
  settle: (key: string) => void;
}

const BETWEEN = '\n\n';

/** Joins two texts, the first above the second. */
export function joinTexts(first: string, second: string): string {
  return [first, second].filter((text) => text.trim() !== '').join(BETWEEN);
}

const PREFIX = 'csp.draft.';
const UNSETTLED_PREFIX = 'csp.unsettled.';

/**
 * The storage key contains the person's id, so that the next person to sign in in this browser does not see the drafts.
 */
export function createDrafts({ storage, userId }: { storage: Storage; userId: string }): Drafts {
  const toName = (key: string) => `${PREFIX}${userId}.${key}`;
  const store = createStore<ReadonlyMap<string, string>>(() => new Map());
  const get = (key: string) => store.getState().get(key) ?? storage.getItem(toName(key)) ?? '';
  const held = new Map<string, string>();
  const unsettled = new Map<string, UnsettledText | null>();
  const toUnsettledName = (key: string) => `${UNSETTLED_PREFIX}${userId}.${key}`;
  function write(name: string, text: string): void {
    try {
      if (text === '') storage.removeItem(name);
      else storage.setItem(name, text);
    } catch {
      // Local storage is full: the draft is kept until the page closes.
    }
  }
  function set(key: string, text: string): void {
    store.setState(new Map(store.getState()).set(key, text), true);
    write(toName(key), held.has(key) ? joinTexts(held.get(key) ?? '', text) : text);
    // Whoever changed it means something else.
    const known = getUnsettled(key);
    if (known !== null && !text.startsWith(known.text)) setUnsettled(key, null);
  }
  function setUnsettled(key: string, next: UnsettledText | null): void {
    unsettled.set(key, next);
    write(toUnsettledName(key), next === null ? '' : JSON.stringify(next));
    // Whoever reads it from the store is told.
    store.setState(new Map(store.getState()), true);
  }
  function getUnsettled(key: string): UnsettledText | null {
    if (held.has(key)) return null;
    if (!unsettled.has(key)) unsettled.set(key, parseUnsettled(storage.getItem(toUnsettledName(key))));
    return unsettled.get(key) ?? null;
  }
  return {
    store,
    get,
    set,
    hold(key, next) {
      held.set(key, get(key));
      set(key, '');
      setUnsettled(key, next ?? null);
    },
    release(key) {
      if (!held.delete(key)) return;
      set(key, get(key));
      setUnsettled(key, null);
    },
    putBack(key) {
      const text = joinTexts(held.get(key) ?? '', get(key));
      if (held.delete(key)) set(key, text);
    },
    setUnsettled,
    getUnsettled,
    settle(key) {
      const first = getUnsettled(key)?.text;
      if (first === undefined) return;
      const text = get(key);
      setUnsettled(key, null);
      if (text === first) set(key, '');
      else if (first !== '' && text.startsWith(first + BETWEEN)) set(key, text.slice(first.length + BETWEEN.length));
    },
  };
}

function parseUnsettled(text: string | null): UnsettledText | null {
  try {
    return text === null ? null : (JSON.parse(text) as UnsettledText);
  } catch {
    return null;
  }
}
