import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** What the reader opened or closed, by key; kept outside of the rows, which the virtual list takes down. */
export type Disclosures = StoreApi<ReadonlyMap<string, boolean>>;

export function createDisclosures(): Disclosures {
  return createStore<ReadonlyMap<string, boolean>>(() => new Map());
}

export const DisclosureContext = createContext<Disclosures>(createDisclosures());

/** Whether something is open, and how to change that. The reader's choice wins over `byDefault`. */
export function useDisclosure(key: string, byDefault: boolean): [open: boolean, setOpen: (open: boolean) => void] {
  const store = useContext(DisclosureContext);
  const chosen = useStore(store, (map) => map.get(key));
  return [chosen ?? byDefault, (open) => store.setState(new Map(store.getState()).set(key, open), true)];
}
