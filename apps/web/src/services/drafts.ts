import { createStore, type StoreApi } from 'zustand/vanilla';

/** Unsent texts of one person, by session id or `new`. They outlive a reload, and a sign-out. */
export interface Drafts {
  store: StoreApi<ReadonlyMap<string, string>>;
  get: (key: string) => string;
  set: (key: string, text: string) => void;
  /** Empties the box of a text that is being sent. A page that is closed before the server has it finds it in the box again. */
  hold: (key: string) => void;
  /** The server has what was held. */
  release: (key: string) => void;
  /** What was held was not sent: it stands in the box again, before what was typed since. */
  putBack: (key: string) => void;
}

/** Two texts as one, the first above the second. */
export function joinTexts(first: string, second: string): string {
  return [first, second].filter((text) => text.trim() !== '').join('\n\n');
}

const PREFIX = 'csp.draft.';

/** Kept by who wrote them: whoever signs in next in the same browser finds none of them. */
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
      // A full storage: the draft still lives as long as the page.
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
