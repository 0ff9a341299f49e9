import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';

/**
 * Which parts the reader has opened or closed, by key. Stored outside of the rows, because the virtual list unmounts
 * them.
 */
export type Disclosures = StoreApi<ReadonlyMap<string, boolean>>;

export function createDisclosures(): Disclosures {
  return createStore<ReadonlyMap<string, boolean>>(() => new Map());
}

export const DisclosureContext = createContext<Disclosures>(createDisclosures());

/** Whether a part is open, and a function that changes it. The reader's choice takes precedence over `byDefault`. */
export function useDisclosure(key: string, byDefault: boolean): [open: boolean, setOpen: (open: boolean) => void] {
  const store = useContext(DisclosureContext);
  const chosen = useStore(store, (map) => map.get(key));
  return [chosen ?? byDefault, (open) => store.setState(new Map(store.getState()).set(key, open), true)];
}
