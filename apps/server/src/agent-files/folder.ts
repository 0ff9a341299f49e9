import { isUtf8 } from 'node:buffer';
import { constants, type BigIntStats, type Dirent } from 'node:fs';
import { lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** As for `cat`: a pipe is not waited for, a link is not followed, and no terminal becomes ours. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Far deeper than people's folders are; each level holds a descriptor while what is below it is read. */
export const MAX_DEPTH = 200;

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** As bytes where it is not UTF-8. */
export type FileName = string | Buffer;

export interface FolderEntry {
  /** As it is shown: what is not UTF-8 is replaced. */
  name: string;
  kind: EntryKind;
}

export interface ExactEntry extends FolderEntry {
  /** As the file system has it. */
  exactName: FileName;
}

/**
 * An open folder that an agent can write. Its content is reached through its descriptor, so that nobody can replace a
 * folder on the path by a link. Without /proc (macOS), where agents are not confined anyway, it is reached by path.
 */
export interface Folder extends AsyncDisposable {
  /** The address of an entry, for calls that do not follow a link in its last part: `lstat`, `readlink`, `lchown`. */
  at(name: string): string;
  at(name: FileName): FileName;
  /** In the order of the file system; one at a time, however many there are. */
  list(): AsyncIterable<ExactEntry>;
  /** @throws a system error for what is no folder. */
  openFolder(name: FileName): Promise<Folder>;
  /** Undefined for what is no regular file. The caller closes it. @throws a system error when it cannot be opened. */
  openFile(name: FileName): Promise<FileHandle | undefined>;
  /** The same, with what it was looked at by. */
  openFileWithStats(name: FileName): Promise<OpenedFile | undefined>;
}

export interface OpenedFile {
  file: FileHandle;
  stats: BigIntStats;
}

/** @throws a system error for what is no folder; a link is none. */
export async function openFolder(path: FileName): Promise<Folder> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | SAFE);
  const own = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path.toString();
  function at(name: string): string;
  function at(name: FileName): FileName;
  function at(name: FileName): FileName {
    return typeof name === 'string' ? join(own, name) : Buffer.concat([Buffer.from(`${own}/`), name]);
  }
  return {
    at,
    async *list() {
      // The types know no folder of buffers (@types/node 24.19.2).
      const entries = (await opendir(own, { encoding: 'buffer' as BufferEncoding })) as AsyncIterable<Dirent<Buffer>>;
      for await (const entry of entries) {
        const name = entry.name.toString();
        const exactName = isUtf8(entry.name) ? name : entry.name;
        yield { name, exactName, kind: await toKind(entry, () => lstat(at(exactName))) };
      }
    },
    openFolder: (name) => openFolder(at(name)),
    openFile: async (name) => (await openRegularFile(at(name)))?.file,
    openFileWithStats: (name) => openRegularFile(at(name)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function openRegularFile(path: FileName): Promise<OpenedFile | undefined> {
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
