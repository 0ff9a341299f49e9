import { createContext, useContext, type ReactNode } from 'react';

export interface ShellView {
  /** Narrower than 700 px. */
  phone: boolean;
  /** At least 1200 px. */
  wide: boolean;
  /** Opens the drawer with the sessions; null where the sidebar is on screen. */
  drawerButton: ReactNode;
  openPalette: () => void;
  openShortcuts: () => void;
}

export const ShellContext = createContext<ShellView>({
  phone: false,
  wide: true,
  drawerButton: null,
  openPalette: () => {},
  openShortcuts: () => {},
});

export const useShell = () => useContext(ShellContext);
