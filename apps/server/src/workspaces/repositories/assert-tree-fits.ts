import { setImmediate } from 'node:timers/promises';

import { isAtLimit, type ServerGit } from '../git/run-git.ts';
import type { Remote } from './remote.ts';
import { toRepositoryError } from './repository-error.ts';

/** Of a list with the names of all files: of about a million. A few kilobytes in a pack can stand for billions of files. */
export const MAX_LIST_BYTES = 128 * 1024 * 1024;
const MIB = 1024 * 1024;
/** Read in a row; then the server does other work. */
const STEP = 20_000;

/**
 * Looks whether the files of a commit have room in a session, before any of them is written. Reads trees and sizes alone, in which equal
 * files count each time.
 * @param maxBytes what the files may take; `Infinity` for no limit
 * @returns What they take, in bytes.
 * @throws CspError of the type `repository_checkout_error`
 */
export async function assertTreeFits(
  git: ServerGit,
  tree: { gitDir: string; remote: Remote; commit: string; subfolder: string | undefined; maxBytes: number },
): Promise<number> {
  const { gitDir, remote, commit, subfolder, maxBytes } = tree;
  const refuse = (why: string) =>
    toRepositoryError('repository_checkout_error', remote, `${remote.url} cannot be checked out: ${why}`);
  const listed = await git.run(['ls-tree', '-r', '-l', '-z', commit], { gitDir, maxOutputBytes: MAX_LIST_BYTES });
  if (!listed.ok)
    throw refuse(
      listed.reason === 'exit' && !isAtLimit(listed)
        ? 'its files cannot be listed. Look whether it is whole, by git fsck'
        : 'it has too many files. Choose a repository or a commit with fewer',
    );
  const bytes = await sumTree(listed.stdout, subfolder);
  if (bytes <= maxBytes) return bytes;
  const [takes, most] = [Math.ceil(bytes / MIB), Math.floor(maxBytes / MIB)];
  throw refuse(`its files take ${takes} MB, and a session may have ${most} MB. Choose a subfolder of it`);
}

/** What the files take that `git ls-tree -r -l -z` has listed. */
export async function sumTree(stdout: Buffer, subfolder?: string): Promise<number> {
  let bytes = 0;
  for (let start = 0, count = 1; start < stdout.length; count += 1) {
    const end = stdout.indexOf(0, start);
    const tab = stdout.indexOf('\t', start);
    // `100644 blob ID    SIZE`; a link to another repository has `-` for its size.
    const size = Number(stdout.toString('latin1', stdout.lastIndexOf(' ', tab), tab));
    if (size > 0 && isWritten(stdout.toString('utf8', tab + 1, end), subfolder)) bytes += size;
    start = end + 1;
    if (count % STEP === 0) await setImmediate();
  }
  return bytes;
}

/** Also the files of each folder above the subfolder are. */
function isWritten(path: string, subfolder: string | undefined): boolean {
  if (subfolder === undefined) return true;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return path.startsWith(`${subfolder}/`) || `${subfolder}/`.startsWith(folder);
}
