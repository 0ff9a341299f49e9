import { createContext, useContext, type ReactNode } from 'react';

export interface ShellView {
  /** The window is narrower than 700 px. */
  phone: boolean;
  /** The window is at least 1200 px wide. */
  wide: boolean;
  /** Opens the drawer with the sessions; null if the sidebar is visible. */
  drawerButton: ReactNode;
  /** In the bar above a page below Settings, where it is narrow: takes the actions of the page; null elsewhere. */
  sectionBar: HTMLElement | null;
  openPalette: () => void;
  openShortcuts: () => void;
}

export const ShellContext = createContext<ShellView>({
  phone: false,
  wide: true,
  drawerButton: null,
  sectionBar: null,
  openPalette: () => {},
  openShortcuts: () => {},
});

export const useShell = () => useContext(ShellContext);
