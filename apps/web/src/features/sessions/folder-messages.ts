import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';

/** Texts of folders of the server in the form of a new session. */
export const t = {
  start: 'Use a folder of the server',
  leaveOut: 'Start without a folder',
  root: 'Folder',
  choose: 'Folders in it',
  up: (name: string) => `Back to ${name}`,
  open: (name: string) => `Open ${name}`,
  chosen: 'The agent gets',
  none: 'There are no folders in it.',
  more: 'There are more folders than are shown.',
  repository: 'git',
  loading: 'Loading…',
  failed: 'Its folders could not be listed.',
  mode: 'How the agent gets it',
  modes: { copy: 'Copy', worktree: 'Work tree', direct: 'Direct' } satisfies Record<FolderMode, string>,
  modeHelp: {
    copy: 'The agent gets a copy. Your folder stays as it is, and changes stay in the session.',
    worktree:
      'The agent gets what is committed, with its history, in a repository of its own. Your folder and its branches stay as they are.',
    direct:
      'The agent works in your folder itself. What it changes is changed at once, cannot be taken back here, and no other session may work in it meanwhile.',
  } satisfies Record<FolderMode, string>,
  notGit: 'A work tree needs a git repository: open one of those marked “git”.',
};
