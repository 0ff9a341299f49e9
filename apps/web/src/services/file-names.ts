import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';

/** The names of the files in messages. An image in a message has an id but no name. */
export interface FileNames {
  store: StoreApi<ReadonlyMap<string, string>>;
  /** Requests the name of a file, once. */
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
        // An image is shown without its name. The next row that shows it tries again.
        () => asked.delete(fileId),
      );
    },
  };
}
