/** The English texts of the message box's menus. A language is added as in `messages/en.ts`. */
export const m = {
  hint: 'Enter sends, Shift+Enter breaks the line, / for commands, @ for files',
  hintWithoutFiles: 'Enter sends, Shift+Enter breaks the line, / for commands',
  commands: 'Commands',
  files: 'Files',
  groups: { session: 'This session', agent: 'The agent', file: 'Files in the workspace' },
  noFiles: 'The workspace of this session has no files yet.',
  failed: 'The list could not be loaded.',
  more: 'Type more to narrow the list.',
  count: (count: number, kind: 'command' | 'file') =>
    `${count} ${kind === 'file' ? (count === 1 ? 'file' : 'files') : count === 1 ? 'command' : 'commands'}. Arrow keys move, Enter selects, Escape closes.`,
  own: {
    rename: { detail: 'Rename this session', hint: '<name>' },
    fork: { detail: 'Continue from here in a new session' },
    export: { detail: 'Download the conversation as Markdown' },
    changes: { detail: 'Show what the agent has changed' },
    files: { detail: 'Show the files in the workspace' },
    servers: { detail: 'Show the MCP servers and their tools' },
    reload: { detail: 'Take the present plugins with the next message' },
  },
  nameMissing: 'Write the name after /rename.',
  forkFailed: 'The session could not be forked.',
  reloadFailed: 'The session could not be reloaded.',
  nothingToFork: 'Nothing to fork yet: no turn has ended.',
} as const;
