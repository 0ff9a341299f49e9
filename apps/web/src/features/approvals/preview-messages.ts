/** The English texts of what writing a file changes. A language is added as in `messages/en.ts`. */
export const p = {
  changes: (added: number, removed: number) =>
    `Changes the file as it is now: ${added} ${added === 1 ? 'line' : 'lines'} added, ${removed} removed.`,
  same: 'The file has exactly this text already.',
  notText: 'Replaces a file that is not text.',
  tooLarge: 'Replaces a file that is too large to compare.',
  tooDifferent: 'Replaces all of the file: the two texts have too little in common to compare them.',
  unread: 'The file as it is now could not be read, so all of the new text is shown.',
};
