/** What the menus of the message box say, in English. A language is added as in `messages/en.ts`. */
export const m = {
  hint: 'Enter sends, Shift+Enter breaks the line, / for commands, @ for files',
  commands: 'Commands',
  files: 'Files',
  groups: { session: 'This session', agent: 'The agent', file: 'Files of the workspace' },
  noFiles: 'There are no files in the workspace of this session yet.',
  failed: 'The list could not be loaded.',
  more: 'Go on typing to find more.',
  count: (count: number, kind: 'command' | 'file') =>
    `${count} ${kind === 'file' ? (count === 1 ? 'file' : 'files') : count === 1 ? 'command' : 'commands'}. Arrow keys choose, Enter takes, Escape closes.`,
  own: {
    rename: { detail: 'Give this session another name', hint: '<name>' },
    fork: { detail: 'Go on from here in a session of its own' },
    export: { detail: 'Download the conversation as Markdown' },
    changes: { detail: 'Show what the agent has changed' },
    files: { detail: 'Look at the files of the workspace' },
  },
  nameMissing: 'Write the name after /rename.',
  forkFailed: 'The session could not be forked.',
  nothingToFork: 'There is nothing to go on from yet.',
} as const;
