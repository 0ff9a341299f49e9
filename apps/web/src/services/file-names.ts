import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';

/** The names of files that messages carry: a picture in a message has an id, and no name. */
export interface FileNames {
  store: StoreApi<ReadonlyMap<string, string>>;
  /** Asks for the name of a file, once. */
  load: (fileId: string) => void;
}

export function createFileNames(api: Pick<Api, 'getFile'>): FileNames {
  const store = createStore<ReadonlyMap<string, string>>(() => new Map());
  const asked = new Set<string>();
  return {
    store,
    load(fileId) {
      if (asked.has(fileId)) return;
      asked.add(fileId);
      api.getFile(fileId).then(
        ({ filename }) => store.setState(new Map(store.getState()).set(fileId, filename), true),
        // A picture without its name is still a picture; the next that shows it asks again.
        () => asked.delete(fileId),
      );
    },
  };
}
