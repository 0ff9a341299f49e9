/** The English texts of the disk that sessions take. A language is added as in `messages/en.ts`. */
export const t = {
  title: 'Disk',
  taken: (bytes: string, entries: string) =>
    `The files of your sessions take ${bytes}, in ${entries} files and folders.`,
  limit: (bytes: string) => `They may take ${bytes} together.`,
  entryLimit: (entries: string) => `Together they may be ${entries} files and folders.`,
  sessionLimit: (bytes: string) => `One session may take ${bytes}.`,
  measured: 'As last measured. Delete a session, or files in it, to make room.',
  none: 'Your sessions have no files yet.',
  failed: 'What your sessions take could not be read.',
  untitled: 'Untitled session',
  of: (bytes: string, entries: string) => `${bytes} · ${entries} files and folders`,
};
