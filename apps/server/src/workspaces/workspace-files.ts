import type { Readable } from 'node:stream';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { makeFolderAt, moveEntry, removeEntry } from '../agent-files/change-entries.ts';
import { isSystemError, type FolderEntry } from '../agent-files/folder.ts';
import { listFiles, type ListedFiles } from '../agent-files/list-files.ts';
import { listFolder, type ListedFolder } from '../agent-files/list-folder.ts';
import { openFolderPath, openPath, openPlace, type OpenedFile, type Place } from '../agent-files/open-path.ts';
import { findOwner, readStamp } from '../agent-files/read-stamp.ts';
import { readTextFile, type ReadFile } from '../agent-files/read-text.ts';
import { writeFileAt, type WrittenFile } from '../agent-files/write-file.ts';
import { assertFitsZip, zipTree } from '../agent-files/zip-tree.ts';
import { createLimiter } from '../lib/limiter.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
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

/** Looking through a workspace reads folders for up to a second, with threads that the whole server has four of. */
const listing = createLimiter(2);
const ranking = createSerialQueue();

/** The last steps of writes, of whatever workspace: each takes less than a millisecond. */
const placing = createSerialQueue();

/** By folder: whoever searches while others do gets what one look after that finds. */
const lookingThrough = new Map<string, () => Promise<ListedFiles | Error>>();

async function listTogether(dir: string): Promise<ListedFiles> {
  const known = lookingThrough.get(dir);
  const look =
    known ??
    shareNextRun(() =>
      listing
        .run(() => listFiles(dir))
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    );
  lookingThrough.set(dir, look);
  const asked = look();
  void asked.then(() => lookingThrough.get(dir) === look && lookingThrough.delete(dir));
  const listed = await asked;
  if (listed instanceof Error) throw listed;
  return listed;
}

/** @param dir the folder of the workspace; it may not exist yet, and has no files then */
export function createWorkspaceFiles(dir: string): WorkspaceFiles {
  return {
    async search({ query, limit }) {
      const { paths, truncated } = await listTogether(dir);
      const ranked = await ranking.run(async () => {
        // It takes up to 50 ms with 20,000 paths: what else waits for the server comes in between.
        await nextTurnOfLoop();
        return rankPaths(paths, query);
      });
      return { paths: ranked.slice(0, limit), truncated: truncated || ranked.length > limit };
    },
    async list(path, options) {
      await using opened = await openFolderPath(dir, path);
      return opened && { ...(await listing.run(() => listFolder(opened.folder, options))), path: opened.path };
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
