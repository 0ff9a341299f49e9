import { createStore, type StoreApi } from 'zustand/vanilla';

/** Unsent texts of one person, by session id or `new`. They outlive a reload, and a sign-out. */
export interface Drafts {
  store: StoreApi<ReadonlyMap<string, string>>;
  get: (key: string) => string;
  set: (key: string, text: string) => void;
}

const PREFIX = 'csp.draft.';

/** Kept by who wrote them: whoever signs in next in the same browser finds none of them. */
export function createDrafts({ storage, userId }: { storage: Storage; userId: string }): Drafts {
  const toName = (key: string) => `${PREFIX}${userId}.${key}`;
  const store = createStore<ReadonlyMap<string, string>>(() => new Map());
  const get = (key: string) => store.getState().get(key) ?? storage.getItem(toName(key)) ?? '';
  return {
    store,
    get,
    set(key, text) {
      store.setState(new Map(store.getState()).set(key, text), true);
      try {
        if (text === '') storage.removeItem(toName(key));
        else storage.setItem(toName(key), text);
      } catch {
        // A full storage: the draft still lives as long as the page.
      }
    },
  };
}
