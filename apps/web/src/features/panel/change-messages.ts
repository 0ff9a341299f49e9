/** The English texts of what changed in the files, and of the way back. A language is added as in `messages/en.ts`. */
export const c = {
  range: 'Show the changes',
  all: 'Since the beginning',
  turn: (turn: number, files: number) => `In turn ${turn} · ${files === 1 ? '1 file' : `${files} files`}`,
  byPeople: (names: readonly string[], way: 'edit' | 'terminal', files: number) => {
    const who = names.length === 0 ? 'By hand' : `By ${names.join(', ')}`;
    const where = way === 'terminal' ? ' in a terminal' : '';
    return `${who}${where} · ${files === 1 ? '1 file' : `${files} files`}`;
  },
  byRewind: (files: number) => `By a rewind · ${files === 1 ? '1 file' : `${files} files`}`,
  between: (files: number) => `Between turns · ${files === 1 ? '1 file' : `${files} files`}`,
  none: 'Nothing differs',
  noneHelp: 'The files are as they were at the beginning of the session.',
  noneInTurn: 'The files are as they were before this turn, or were taken back.',
  direct: {
    help: 'The agent works in this folder itself. Its changes are not recorded here, and Rewind leaves it as it is. To see or undo them, use git in the folder.',
    told: 'What its tools wrote and edited there, without what commands did:',
    stays: (path: string) => `The agent works in ${path} itself: that folder stays as it is.`,
    rest: 'Nothing differs in the rest of the workspace.',
  },
  listed: (shown: number, total: number) => `The first ${shown} of ${total} files are listed.`,
  leftOut: (count: number, paths: readonly string[]) =>
    `${count === 1 ? '1 file is' : `${count} files are`} not recorded, because it is too large, there are too many, or it cannot be read: ${paths.slice(0, 3).join(', ')}${count > 3 ? ' …' : ''}`,
  statuses: { added: 'new', deleted: 'deleted', modified: '' },
  loading: 'Comparing…',
  failed: 'The changes could not be loaded.',
  binary: (before: string | null, after: string | null) => `This file is not text. ${toSizes(before, after)}`,
  large: (before: string | null, after: string | null) =>
    `This file is too large to compare. ${toSizes(before, after)}`,
  picture: (path: string) => `${path} as it is now`,
  cut: 'Only the beginning of this difference is shown.',
  same: 'This file is the same by now.',
  empty: 'Only the mode of the file, or no line, differs.',
  rewind: {
    title: 'Rewind to here',
    help: 'The conversation and the files become what they were before this message. Nothing is lost: you can take it back.',
    part: 'What goes back',
    parts: { both: 'Both', conversation: 'Conversation', files: 'Files' },
    filesStay: 'The files stay as they are.',
    onlyWords: (why: string) => `Only the conversation goes back. ${why}`,
    takeBack: 'Take back',
    takeBackTitle: 'Take the rewind back',
    takeBackHelp: {
      both: 'The conversation and the files become what they were before the rewind. What the files are now is recorded first.',
      files: 'The files become what they were before the rewind. What they are now is recorded first.',
    },
    counting: 'Comparing the files…',
    nothing: 'The files are as they were then.',
    changes: (total: number) => (total === 1 ? '1 file changes:' : `${total} files change:`),
    inTheWay: 'These files are not recorded and would be overwritten. Move them away first:',
    ignored: 'Files that git ignores stay as they are.',
    submit: { both: 'Rewind both', conversation: 'Rewind the conversation', files: 'Rewind the files' },
    done: (total: number) => (total === 1 ? '1 file was taken back.' : `${total} files were taken back.`),
    went: (total: number) =>
      `The conversation goes on from there${total === 0 ? '' : total === 1 ? ', and 1 file was taken back' : `, and ${total} files were taken back`}.`,
    told: (who: string | null, total: number) =>
      `${who ?? 'You'} took ${total === 1 ? '1 file' : `${total} files`} back to an earlier state.`,
    failed: (message: string) => `Nothing was taken back: ${message}`,
    byPeople: (names: readonly string[]) => `also what ${names.join(', ')} changed by hand`,
    verbs: { added: 'comes back', deleted: 'goes', modified: 'changes' },
  },
} as const;

function toSizes(before: string | null, after: string | null): string {
  if (before !== null && after !== null) return `It had ${before} and has ${after}.`;
  return before === null ? `It has ${after ?? 'no size'}.` : `It had ${before}.`;
}
