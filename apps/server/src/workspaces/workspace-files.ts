import type { Readable } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import { makeFolderAt, moveEntry, removeEntry } from '../agent-files/change-entries.ts';
import { isSystemError, type FolderEntry } from '../agent-files/folder.ts';
import { listFiles } from '../agent-files/list-files.ts';
import { listFolder, type ListedFolder } from '../agent-files/list-folder.ts';
import { openFolderPath, openPath, openPlace, type OpenedFile, type Place } from '../agent-files/open-path.ts';
import { findOwner, readStamp } from '../agent-files/read-stamp.ts';
import { readTextFile, type ReadFile } from '../agent-files/read-text.ts';
import { writeFileAt, type WrittenFile } from '../agent-files/write-file.ts';
import { assertFitsZip, zipTree } from '../agent-files/zip-tree.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { rankPaths } from './rank-paths.ts';

/**
 * What people see of the files of a workspace, and what they change by hand. Paths are relative to its folder, with `/`;
 * undefined is the answer for what is not there, or not inside.
 */
export interface WorkspaceFiles {
  /** The regular files, best match first; links, `.git` and `node_modules` are left out. */
  search(options: { query: string; limit: number }): Promise<{ paths: string[]; truncated: boolean }>;
  /** A page of the entries of a folder; see `listFolder`. */
  list(
    path: string,
    options: { after: FolderEntry | undefined; limit: number },
  ): Promise<(ListedFolder & { path: string }) | undefined>;
  read(path: string): Promise<ReadFile | undefined>;
  /** Of each path what changes with it; null where nothing is. */
  stamp(paths: readonly string[]): Promise<(string | null)[]>;
  /** The caller closes it. */
  open(path: string): Promise<OpenedFile | undefined>;
  /** See `writeFileAt`. The parent folder has to be there. */
  write(path: string, options: WriteOptions): Promise<(WrittenFile & { path: string }) | undefined>;
  /** See `makeFolderAt`. Answers with its path. */
  makeFolder(path: string): Promise<string | undefined>;
  /** See `moveEntry`. Answers with the new path. */
  move(from: string, to: string): Promise<string | undefined>;
  /** See `removeEntry`. False where nothing was. */
  remove(path: string): Promise<boolean>;
  /** See `zipTree`. @throws CspError `too_large` */
  zip(path: string): Promise<Readable | undefined>;
}

export interface WriteOptions {
  content: AsyncIterable<Uint8Array>;
  /** The version that is replaced; null where no file may be. */
  expected: string | null;
  maxBytes: number;
}

/** The last steps of writes, of whatever workspace: each takes less than a millisecond. */
const placing = createSerialQueue();

/** @param dir the folder of the workspace; it may not exist yet, and has no files then */
export function createWorkspaceFiles(dir: string): WorkspaceFiles {
  return {
    async search({ query, limit }) {
      const { paths, truncated } = await listFiles(dir);
      const ranked = rankPaths(paths, query);
      return { paths: ranked.slice(0, limit), truncated: truncated || ranked.length > limit };
    },
    async list(path, options) {
      await using opened = await openFolderPath(dir, path);
      return opened && { ...(await listFolder(opened.folder, options)), path: opened.path };
    },
    read: (path) => readTextFile(dir, path),
    stamp: (paths) => Promise.all(paths.map((path) => readStamp(dir, path))),
    open: (path) => openPath(dir, path),
    async write(path, options) {
      await using place = await openPlace(dir, path, { follow: true });
      if (place === undefined) return undefined;
      const owner = await findOwner(dir);
      const inTurn = <T>(work: () => Promise<T>) => placing.run(work);
      const written = await attempt(path, () => writeFileAt(place, { ...options, owner, inTurn }));
      return { ...written, path: place.path };
    },
    async makeFolder(path) {
      await using place = await openPlace(dir, path, { follow: false });
      if (place === undefined) return undefined;
      const owner = await findOwner(dir);
      await attempt(path, () => makeFolderAt(place, owner));
      return place.path;
    },
    async move(from, to) {
      await using places = new AsyncDisposableStack();
      const open = async (path: string): Promise<Place | undefined> => {
        const place = await openPlace(dir, path, { follow: false });
        return place && places.use(place);
      };
      const [source, target] = [await open(from), await open(to)];
      if (source === undefined || target === undefined) return undefined;
      await attempt(to, () => moveEntry(source, target));
      return target.path;
    },
    async remove(path) {
      await using place = await openPlace(dir, path, { follow: false });
      return place !== undefined && (await attempt(path, () => removeEntry(place)));
    },
    async zip(path) {
      await using measured = await openFolderPath(dir, path);
      if (measured === undefined) return undefined;
      await assertFitsZip(measured.folder);
      const root = await openFolderPath(dir, path);
      return root && zipTree(root);
    },
  };
}

/** Says what a person can do about a failure of the file system. A full disk is the platform's and is told as everywhere. */
async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENAMETOOLONG')
      throw new CspError('invalid_request', 'A name may have 255 bytes at most. Choose a shorter one', {
        cause: error,
      });
    if (error.code === 'ENOENT')
      throw new CspError('not_found', `The folder of ${path} was removed meanwhile`, { cause: error });
    if (['EACCES', 'EPERM', 'EROFS'].includes(error.code ?? ''))
      throw new CspError('state_conflict', `The server may not change ${path}. Ask the agent to change it`, {
        cause: error,
      });
    throw error;
  }
}
