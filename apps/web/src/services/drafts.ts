import { createStore, type StoreApi } from 'zustand/vanilla';

/** The unsent texts of one person, by session id or `new`. They are kept across reloads and sign-outs. */
export interface Drafts {
  store: StoreApi<ReadonlyMap<string, string>>;
  get: (key: string) => string;
  set: (key: string, text: string) => void;
  /**
   * Empties the box while its text is being sent. If the page closes before the server has the text, the text is in the
   * box again after a reload.
   */
  hold: (key: string) => void;
  /** Drops the held text, because the server has it. */
  release: (key: string) => void;
  /** Returns the held text, which could not be sent, to the box, before anything typed since. */
  putBack: (key: string) => void;
}

/** Joins two texts, the first above the second. */
export function joinTexts(first: string, second: string): string {
  return [first, second].filter((text) => text.trim() !== '').join('\n\n');
}

const PREFIX = 'csp.draft.';

/**
 * The storage key contains the person's id, so that the next person to sign in in this browser does not see the drafts.
 */
export function createDrafts({ storage, userId }: { storage: Storage; userId: string }): Drafts {
  const toName = (key: string) => `${PREFIX}${userId}.${key}`;
  const store = createStore<ReadonlyMap<string, string>>(() => new Map());
  const get = (key: string) => store.getState().get(key) ?? storage.getItem(toName(key)) ?? '';
  const held = new Map<string, string>();
  function set(key: string, text: string): void {
    store.setState(new Map(store.getState()).set(key, text), true);
    const kept = held.has(key) ? joinTexts(held.get(key) ?? '', text) : text;
    try {
      if (kept === '') storage.removeItem(toName(key));
      else storage.setItem(toName(key), kept);
    } catch {
      // Local storage is full: the draft is kept until the page closes.
    }
  }
  return {
    store,
    get,
    set,
    hold(key) {
      held.set(key, get(key));
      set(key, '');
    },
    release(key) {
      if (held.delete(key)) set(key, get(key));
    },
    putBack(key) {
      const text = joinTexts(held.get(key) ?? '', get(key));
      if (held.delete(key)) set(key, text);
    },
  };
}
