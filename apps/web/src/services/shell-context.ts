import { createContext, useContext, type ReactNode } from 'react';

export interface ShellView {
  /** The window is narrower than 700 px. */
  phone: boolean;
  /** The window is at least 1200 px wide. */
  wide: boolean;
  /** Opens the drawer with the sessions; null if the sidebar is visible. */
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
