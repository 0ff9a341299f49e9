import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

import { followTheme, readTerminalTheme } from './terminal-theme.ts';

/** What is drawn of a terminal, with the keyboard that types into it. */
export interface Screen {
  /** Calls back when it is drawn. */
  write: (data: Uint8Array, done: () => void) => void;
  clear: () => void;
  focus: () => void;
  setReader: (on: boolean) => void;
  dispose: () => void;
}

export interface ScreenOptions {
  label: string;
  reader: boolean;
  onType: (data: Uint8Array<ArrayBuffer>) => void;
  onResize: (size: { columns: number; rows: number }) => void;
  onTitle: (title: string) => void;
  /** The person leaves it by the keyboard. */
  onLeave: () => void;
}

/** The sequence of a full reset. */
const RESET = '\x1bc';
const SCROLLBACK_LINES = 5000;
/** Two presses of Escape within this time leave the terminal; the first one goes to the program as well. */
const LEAVE_MS = 400;
const MAX_TITLE_CHARS = 60;

/** Draws a terminal in an element, as large as that is. Without WebGL, which 20 terminals could not have. */
export function createScreen(element: HTMLElement, options: ScreenOptions): Screen {
  const terminal = new Terminal({
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    ...{ fontSize: 13, lineHeight: 1.25, scrollback: SCROLLBACK_LINES, screenReaderMode: options.reader },
    ...{ theme: readTerminalTheme(), minimumContrastRatio: 4.5, macOptionIsMeta: true },
    // Links whose words are not their address would lead people where they do not expect.
    linkHandler: { activate: () => undefined },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(
    new WebLinksAddon((event, uri) => {
      event.preventDefault();
      window.open(uri, '_blank', 'noopener,noreferrer');
    }),
  );
  terminal.open(element);
  terminal.textarea?.setAttribute('aria-label', options.label);

  let escapedAtMs = -Infinity;
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown') return true;
    if (event.key === 'Escape' && event.timeStamp - escapedAtMs < LEAVE_MS) {
      event.preventDefault();
      event.stopPropagation();
      options.onLeave();
      return false;
    }
    escapedAtMs = event.key === 'Escape' ? event.timeStamp : -Infinity;
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
      event.preventDefault();
      if (terminal.hasSelection()) void navigator.clipboard.writeText(terminal.getSelection());
      return false;
    }
    // The browser pastes it as text.
    return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV');
  });

  const encoder = new TextEncoder();
  terminal.onData((text) => options.onType(encoder.encode(text)));
  terminal.onBinary((text) => options.onType(Uint8Array.from(text, (char) => char.charCodeAt(0))));
  terminal.onTitleChange((title) => options.onTitle(title.slice(0, MAX_TITLE_CHARS)));
  terminal.onResize(({ cols: columns, rows }) => options.onResize({ columns, rows }));

  const refit = () => {
    // Nothing is measured while the panel is hidden.
    if (element.clientHeight > 0) fit.fit();
  };
  const observer = new ResizeObserver(refit);
  observer.observe(element);
  refit();
  options.onResize({ columns: terminal.cols, rows: terminal.rows });
  const unfollow = followTheme(() => (terminal.options.theme = readTerminalTheme()));

  return {
    write: (data, done) => terminal.write(data, done),
    // In its turn, behind what is not drawn yet.
    clear: () => terminal.write(RESET),
    focus: () => terminal.focus(),
    setReader(on) {
      terminal.options.screenReaderMode = on;
    },
    dispose() {
      unfollow();
      observer.disconnect();
      terminal.dispose();
    },
  };
}
