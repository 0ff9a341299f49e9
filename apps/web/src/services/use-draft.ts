import { useStore } from 'zustand';

import { useServices } from './services.ts';

/** The text of a draft, and a function that changes it. */
export function useDraft(key: string): [text: string, setText: (text: string) => void] {
  const { drafts } = useServices();
  useStore(drafts.store, (map) => map.get(key));
  return [drafts.get(key), (text) => drafts.set(key, text)];
}
