import { createStore, type StoreApi } from 'zustand/vanilla';

export type Theme = 'system' | 'light' | 'dark';

/** The settings that this browser stores for its user. */
export interface Preferences {
  theme: Theme;
  singleKeys: boolean;
  notify: boolean;
  sidebarFolded: boolean;
  /** Show differences side by side where there is room. */
  splitDiffs: boolean;
  /** Give the panel most of the page's width. */
  panelWidened: boolean;
  /** Have screen readers read what terminals write. */
  terminalReader: boolean;
  /** How somebody last signed in with this browser; null where nobody has. */
  signInMethod: 'password' | 'key' | 'passkey' | null;
}

const KEY = 'csp.preferences';
const defaults: Preferences = {
  theme: 'system',
  singleKeys: true,
  notify: false,
  sidebarFolded: false,
  splitDiffs: false,
  panelWidened: false,
  terminalReader: false,
  signInMethod: null,
};

/** Creates the store of preferences, which are saved in local storage and applied to the page. */
export function createPreferences(storage: Storage): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => ({ ...defaults, ...read(storage) }));
  applyTheme(store.getState().theme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => recolour(() => {}));
  store.subscribe((state, before) => {
    if (state.theme !== before.theme) recolour(() => applyTheme(state.theme));
    try {
      storage.setItem(KEY, JSON.stringify(state));
    } catch {
      // If storage is full or forbidden, the choices last until the page closes.
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
 * Changes the page's colours without transitions. Otherwise a text inside a control would start its own transition at
 * each step of the control's transition, and texts would be unreadable for a second.
 */
function recolour(change: () => void): void {
  const root = document.documentElement;
  root.dataset['recolouring'] = '';
  change();
  // Forces the browser to compute all styles while transitions are off.
  root.getBoundingClientRect();
  delete root.dataset['recolouring'];
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
