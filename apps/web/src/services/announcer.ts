import { createStore, type StoreApi } from 'zustand/vanilla';

/** The texts of the two live regions. Because of the new `id`, a text that is said twice is announced twice. */
export interface Announcements {
  polite: { id: number; text: string };
  assertive: { id: number; text: string };
}

export interface Announcer {
  store: StoreApi<Announcements>;
  say: (text: string) => void;
  interrupt: (text: string) => void;
}

/** Creates the announcer for screen readers. */
export function createAnnouncer(): Announcer {
  const store = createStore<Announcements>(() => ({ polite: { id: 0, text: '' }, assertive: { id: 0, text: '' } }));
  return {
    store,
    say: (text) => store.setState(({ polite }) => ({ polite: { id: polite.id + 1, text } })),
    // Clears the last polite text, which is out of date and which a screen reader's user would otherwise still find.
    interrupt: (text) =>
      store.setState(({ polite, assertive }) => ({
        polite: { id: polite.id + 1, text: '' },
        assertive: { id: assertive.id + 1, text },
      })),
  };
}
