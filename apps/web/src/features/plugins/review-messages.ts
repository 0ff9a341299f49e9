/** The English texts of what a version brings and changes. A language is added as in `messages/en.ts`. */
export const r = {
  loading: 'Comparing the versions…',
  failed: 'What it changes cannot be shown.',
  needsGrant: 'Takes effect with the update',
  needsGrantHelp: 'Nobody has agreed to it yet. It needs no grant of its own.',
  runsOnInstall: 'Runs when it is active',
  other: 'Also changed',
  otherHelp: 'These need no grant.',
  otherOnInstall: 'Also brings',
  otherOfRollBack: 'What changes',
  changes: { added: 'New', removed: 'Removed', changed: 'Changed', unchanged: 'As before' },
  kinds: {
    mcp_server: 'MCP server',
    tool: 'Tool',
    skill: 'Skill',
    command: 'Command',
    agent: 'Subagent',
    hook: 'Hook',
    endpoint: 'HTTP endpoints',
  },
  grantKinds: { hooks: 'Hook', hosts: 'Host', secrets: 'Secret', permissions: 'Without asking' },
  noLongerAsked: 'It no longer asks for it.',
  reasons: {
    added: null,
    definition: 'called differently',
    files: 'files that it may run or read have changed',
    defaults: 'defaults of options have changed',
    text: 'text changed',
  },
  before: 'before',
  after: 'after',
  lines: (count: number) => (count === 1 ? '1 line' : `${count} lines`),
  addedLines: (count: number) => (count === 1 ? '1 line added' : `${count} lines added`),
  removedLines: (count: number) => (count === 1 ? '1 line removed' : `${count} lines removed`),
  more: (count: number) => (count === 1 ? 'Show 1 more line' : `Show ${count} more lines`),
  less: 'Show less',
  leftOff: (count: number) => (count === 1 ? '1 more line is not shown' : `${count} more lines are not shown`),
  wholeFile: 'Load more of this file',
  textOf: (name: string) => `Changes in the text of ${name}`,
  valuesOf: (name: string) => `How ${name} is called`,
  files: 'Files',
  fileCounts: (counts: { added: number; removed: number; changed: number; unchanged: number }) =>
    (['changed', 'added', 'removed', 'unchanged'] as const)
      .filter((change) => counts[change] > 0)
      .map((change) => `${counts[change]} ${change === 'unchanged' ? 'as before' : change}`)
      .join(', ') || 'none',
  filesUnknown: 'The files cannot be compared on this server, which lacks the content of one version.',
  filesLeftOff: (count: number) => (count === 1 ? '1 more file is not listed.' : `${count} more files are not listed.`),
  binary: 'binary',
  executable: { yes: 'a program', no: null, added: 'now a program', removed: 'no program any more' },
  loadingFile: 'Comparing the file…',
  fileFailed: 'The file cannot be shown.',
  whyNot: { binary: 'It is no text.', too_large: 'It is too large to be compared.' },
  sameLines: 'Its lines are the same. Their ends, or its mode, differ.',
  moreLeftOff: (count: number) =>
    count === 1 ? '1 more entry is not listed.' : `${count} more entries are not listed.`,
  hidden: (count: number) =>
    count === 1
      ? 'One character in it cannot be seen. It is marked where it stands.'
      : `${count} characters in it cannot be seen. They are marked where they stand.`,
  settings: 'Settings',
} as const;
