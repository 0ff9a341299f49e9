import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';

import { useServices } from './services.ts';

/** Unsent texts, by session id or `new`. They outlive a reload. */
export interface Drafts {
  store: StoreApi<ReadonlyMap<string, string>>;
  get: (key: string) => string;
  set: (key: string, text: string) => void;
}

const PREFIX = 'csp.draft.';

export function createDrafts(storage: Storage): Drafts {
  const store = createStore<ReadonlyMap<string, string>>(() => new Map());
  const get = (key: string) => store.getState().get(key) ?? storage.getItem(PREFIX + key) ?? '';
  return {
    store,
    get,
    set(key, text) {
      store.setState(new Map(store.getState()).set(key, text), true);
      try {
        if (text === '') storage.removeItem(PREFIX + key);
        else storage.setItem(PREFIX + key, text);
      } catch {
        // A full storage: the draft still lives as long as the page.
      }
    },
  };
}

/** A draft and how to change it. */
export function useDraft(key: string): [text: string, setText: (text: string) => void] {
  const { drafts } = useServices();
  useStore(drafts.store, (map) => map.get(key));
  return [drafts.get(key), (text) => drafts.set(key, text)];
}
