import type { GitFile } from '@claude-sdk-pattern/protocol';

const MAX_SUBJECT_CHARS = 72;
const MAX_NAMES = 3;

/** The files of the next commit: what is staged, or all where nothing is. */
export function toCommitted(files: readonly GitFile[]): readonly GitFile[] {
  const staged = files.filter((file) => file.staged !== null);
  return staged.length > 0 ? staged : files;
}

/** A message for a commit of these files: the title of the session, then what is done to the files. Pure. */
export function proposeMessage(title: string | null, files: readonly GitFile[]): string {
  if (files.length === 0) return '';
  const done = describeFiles(files);
  const subject = (title ?? '').replaceAll(/\s+/g, ' ').trim();
  if (subject === '') return cutSubject(done);
  return `${cutSubject(subject.charAt(0).toUpperCase() + subject.slice(1))}\n\n${done}`;
}

function describeFiles(files: readonly GitFile[]): string {
  const kinds = new Set(files.map(({ staged, unstaged }) => staged ?? unstaged));
  const isAll = (...of: readonly string[]) => [...kinds].every((kind) => kind !== null && of.includes(kind));
  const verb = isAll('added', 'untracked') ? 'Add' : isAll('deleted') ? 'Delete' : isAll('renamed') ? 'Move' : 'Change';
  const names = files.slice(0, MAX_NAMES).map(({ path }) => path.split('/').findLast((part) => part !== '') ?? path);
  const rest = files.length - names.length;
  if (rest > 0) return `${verb} ${names.join(', ')} and ${rest} more`;
  const last = names.pop() ?? '';
  return `${verb} ${names.length > 0 ? `${names.join(', ')} and ` : ''}${last}`;
}

function cutSubject(text: string): string {
  return text.length <= MAX_SUBJECT_CHARS ? text : `${text.slice(0, MAX_SUBJECT_CHARS - 1).trimEnd()}…`;
}
