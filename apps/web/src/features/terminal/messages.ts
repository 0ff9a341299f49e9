import type { TerminalEnd } from '@claude-sdk-pattern/protocol';

/** The English texts of terminals. A language is added as in `messages/en.ts`. */
export const m = {
  list: 'Terminals',
  none: 'No terminal is open',
  noneHelp:
    'A shell in the workspace of this session, confined as the agent is. What you type is not asked about and not recorded.',
  open: 'Open a terminal',
  openAnother: 'Open another terminal',
  end: 'End this terminal',
  endTitle: (name: string) => `End “${name}”?`,
  endHelp: 'What runs in it ends with it, and what it has shown is gone.',
  endConfirm: 'End the terminal',
  name: (number: number, title?: string) => (title === undefined ? `Terminal ${number}` : `${number} · ${title}`),
  screen: (name: string) => `${name}. Press Escape twice to leave it`,
  leave: 'Esc twice leaves · Ctrl+Shift+C copies',
  reader: 'Read aloud',
  readerHelp: 'For screen readers: what the terminal writes is read aloud',
  failed: 'The terminals could not be loaded.',
  openFailed: 'No terminal could be opened.',
  endFailed: 'The terminal could not be ended.',
  connecting: 'Connecting…',
  reconnecting: 'Reconnecting… The terminal keeps running.',
  lost: 'This terminal is not on the server any more.',
  denied: 'You may not use this terminal any more.',
  cut: 'Earlier output is not kept.',
  keys: 'Keys',
  ended: ({ reason, exit_code: code }: TerminalEnd): string => {
    switch (reason) {
      case 'exited':
        return code === 0 || code === null ? 'The shell has ended.' : `The shell has ended with exit code ${code}.`;
      case 'closed':
        return 'Somebody ended this terminal.';
      case 'idle':
        return 'Nothing happened here for long, so the terminal was ended.';
      case 'stopped':
        return 'An operator has stopped the work of this session.';
      case 'rights':
        return 'Who opened this terminal signed out, or may not use it any more.';
      case 'session':
        return 'The session was archived or deleted, or its folder has changed.';
      case 'memory':
        return 'It used too much memory and was ended.';
      case 'server':
        return 'The server has stopped.';
      case 'start_failed':
        return 'The shell could not be started. The log of the server says why.';
    }
  },
} as const;
