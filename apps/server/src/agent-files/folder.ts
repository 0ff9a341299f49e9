import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** As for `cat`: a pipe is not waited for, a link is not followed, and no terminal becomes ours. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Far deeper than people's folders are; each level holds a descriptor while what is below it is read. */
export const MAX_DEPTH = 200;

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export interface FolderEntry {
  name: string;
  kind: EntryKind;
}

/**
 * An open folder that an agent can write. Its content is reached through its descriptor, so that nobody can replace a
 * folder on the path by a link. Without /proc (macOS), where agents are not confined anyway, it is reached by path.
 */
export interface Folder extends AsyncDisposable {
  /** The address of an entry, for calls that do not follow a link in its last part: `lstat`, `readlink`, `lchown`. */
  at(name: string): string;
  /** In the order of the file system; one at a time, however many there are. */
  list(): AsyncIterable<FolderEntry>;
  /** @throws a system error for what is no folder. */
  openFolder(name: string): Promise<Folder>;
  /** Undefined for what is no regular file. The caller closes it. @throws a system error when it cannot be opened. */
  openFile(name: string): Promise<FileHandle | undefined>;
  /** The same, with what it was looked at by. */
  openFileWithStats(name: string): Promise<OpenedFile | undefined>;
}

export interface OpenedFile {
  file: FileHandle;
  stats: BigIntStats;
}

/** @throws a system error for what is no folder; a link is none. */
export async function openFolder(path: string): Promise<Folder> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | SAFE);
  const own = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path;
  const at = (name: string) => join(own, name);
  return {
    at,
    async *list() {
      for await (const entry of await opendir(own)) {
        yield { name: entry.name, kind: await toKind(entry, () => lstat(at(entry.name))) };
      }
    },
    openFolder: (name) => openFolder(at(name)),
    openFile: async (name) => (await openRegularFile(at(name)))?.file,
    openFileWithStats: (name) => openRegularFile(at(name)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function openRegularFile(path: string): Promise<OpenedFile | undefined> {
  const file = await open(path, constants.O_RDONLY | SAFE);
  try {
    const stats = await file.stat({ bigint: true });
    if (stats.isFile()) return { file, stats };
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

async function toKind(entry: Kinds & { isFIFO(): boolean }, look: () => Promise<Kinds>): Promise<EntryKind> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'other';
  // Some file systems do not say what an entry is.
  const seen = await look().catch(() => undefined);
  if (seen?.isFile()) return 'file';
  if (seen?.isDirectory()) return 'folder';
  return seen?.isSymbolicLink() ? 'link' : 'other';
}

/** Whether it is an error of the system, such as a file that is gone. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
