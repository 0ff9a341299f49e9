import { createStore, type StoreApi } from 'zustand/vanilla';

/** What the two live regions say. `id` makes the same text said twice two announcements. */
export interface Announcements {
  polite: { id: number; text: string };
  assertive: { id: number; text: string };
}

export interface Announcer {
  store: StoreApi<Announcements>;
  say: (text: string) => void;
  interrupt: (text: string) => void;
}

/** Creates the voice for screen readers. */
export function createAnnouncer(): Announcer {
  const store = createStore<Announcements>(() => ({ polite: { id: 0, text: '' }, assertive: { id: 0, text: '' } }));
  return {
    store,
    say: (text) => store.setState(({ polite }) => ({ polite: { id: polite.id + 1, text } })),
    // What the polite voice said last is overtaken, and would be found beside it by whoever reads on.
    interrupt: (text) =>
      store.setState(({ polite, assertive }) => ({
        polite: { id: polite.id + 1, text: '' },
        assertive: { id: assertive.id + 1, text },
      })),
  };
}
