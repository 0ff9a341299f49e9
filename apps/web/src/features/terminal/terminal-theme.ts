import type { ITheme } from '@xterm/xterm';

/** The sixteen colours of terminals, by the theme: the page's own where it has one. */
const LIGHT = {
  ...{ black: '#1d1b18', red: '#b3261e', green: '#1b6e3c', yellow: '#8a5200', blue: '#0b5fa5', magenta: '#8a1f6a' },
  ...{ cyan: '#0f6b70', white: '#5e5a54', brightBlack: '#66615a', brightRed: '#b3261e', brightGreen: '#1b6e3c' },
  ...{ brightYellow: '#8a5200', brightBlue: '#0b5fa5', brightMagenta: '#5b4aa0', brightCyan: '#0f6b70' },
  brightWhite: '#1d1b18',
};
const DARK = {
  ...{ black: '#34312d', red: '#ff8a80', green: '#76c893', yellow: '#e8b15c', blue: '#7db8f0', magenta: '#e79ad0' },
  ...{ cyan: '#7fd0d4', white: '#ece9e4', brightBlack: '#9b958c', brightRed: '#ffb0a8', brightGreen: '#9bdcb2' },
  ...{ brightYellow: '#f2cb8d', brightBlue: '#a9d0f5', brightMagenta: '#b9aef0', brightCyan: '#a8e2e5' },
  brightWhite: '#ffffff',
};

/** The colours of the page as it is now. */
export function readTerminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ...(style.colorScheme.includes('dark') ? DARK : LIGHT),
    ...{ background: read('--bg'), foreground: read('--text'), cursor: read('--text'), cursorAccent: read('--bg') },
    selectionBackground: `${read('--accent')}55`,
  };
}

/** Calls back when the page changes its colours. Returns the unsubscriber. */
export function followTheme(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', listener);
    observer.disconnect();
  };
}
