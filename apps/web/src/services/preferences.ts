import { createStore, type StoreApi } from 'zustand/vanilla';

export type Theme = 'system' | 'light' | 'dark';

/** What this browser remembers about its user. */
export interface Preferences {
  theme: Theme;
  singleKeys: boolean;
  notify: boolean;
  sidebarFolded: boolean;
  /** Diffs side by side, where there is room. */
  splitDiffs: boolean;
  /** The panel beside a conversation takes most of the page. */
  panelWidened: boolean;
}

const KEY = 'csp.preferences';
const defaults: Preferences = {
  theme: 'system',
  singleKeys: true,
  notify: false,
  sidebarFolded: false,
  splitDiffs: false,
  panelWidened: false,
};

/** Creates the store of preferences, kept in local storage and applied to the page. */
export function createPreferences(storage: Storage): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => ({ ...defaults, ...read(storage) }));
  applyTheme(store.getState().theme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => recolour(() => {}));
  store.subscribe((state, before) => {
    if (state.theme !== before.theme) recolour(() => applyTheme(state.theme));
    try {
      storage.setItem(KEY, JSON.stringify(state));
    } catch {
      // A full or forbidden storage only costs the memory of these choices.
    }
  });
  return store;
}

function read(storage: Storage): Partial<Preferences> {
  try {
    return JSON.parse(storage.getItem(KEY) ?? '{}') as Partial<Preferences>;
  } catch {
    return {};
  }
}

/**
 * Changes the page's colours in one step. A control has a transition of its colour, and a text inside inherits each step of
 * it and starts its own after it, so that texts were unreadable for a second.
 */
function recolour(change: () => void): void {
  const root = document.documentElement;
  root.dataset['recolouring'] = '';
  change();
  // All styles are computed here, while nothing has a transition.
  root.getBoundingClientRect();
  delete root.dataset['recolouring'];
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
