/** The English texts of branches and links. A language is added as in `messages/en.ts`. */
export const b = {
  edit: 'Edit and run again',
  editLabel: 'Edit your message',
  editHelp: 'Enter sends it, Escape leaves it as it was. What came after stays as another branch.',
  send: 'Run again',
  cancel: 'Cancel',
  sending: 'Sending…',
  waitForTurn: 'The agent works. Stop it, or wait, then run this again.',
  empty: 'Write something, or keep a file.',
  removeFile: (name: string) => `Take ${name} off the message`,
  files: 'Files of the message',
  more: 'More about this message',
  rerun: 'Run again',
  rewind: 'Rewind to here…',
  putFilesBack: 'Put files back too',
  movedOn: (files: number) => (files === 1 ? '1 file has changed since' : `${files} files have changed since`),
  copyLink: 'Copy link',
  copyText: 'Copy message',
  linkCopied: 'Link copied',
  failed: (message: string) => `That did not work: ${message}`,
  branches: (at: number, count: number) => `Branch ${at} of ${count}`,
  previous: 'Previous branch',
  next: 'Next branch',
  switched: (at: number, count: number) => `You are in branch ${at} of ${count} now.`,
  rewound: (who: string | null, files: number) => {
    const what = files === 0 ? '' : files === 1 ? ' and 1 file' : ` and ${files} files`;
    if (who !== null) return `${who} rewound the conversation${what} to here.`;
    return `The conversation${what} ${files === 0 ? 'was' : 'were'} rewound to here.`;
  },
  takeBack: 'Take back',
  elsewhere: 'The message that the link leads to is in another branch of this conversation.',
  goThere: 'Go to it',
  dismiss: 'Dismiss',
  looking: 'Looking for the message…',
};
