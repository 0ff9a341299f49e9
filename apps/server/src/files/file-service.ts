import { access, mkdir, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';

import { CspError, createId } from '@claude-sdk-pattern/protocol';

import { findVisibleOwner } from '../access/find-visible-owner.ts';
import { getPermitted } from '../access/get-permitted.ts';
import { openFolder } from '../agent-files/folder.ts';
import { readWhole } from '../agent-files/read-whole.ts';
import type { Actor } from '../identity/actor.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { syncDir } from '../lib/sync-dir.ts';
import type { FileListOptions, FilePage, StoredFile } from '../store/files.ts';
import type { Store } from '../store/port.ts';
import { writeUpload, type WrittenUpload } from './write-upload.ts';

/** What the name of an upload ends in until it is kept. */
const PARTIAL = '.part';
/** What has not grown for so long nobody receives any more, on any server that shares the folder. */
const RECEIVED_MS = 60 * 60 * 1000;

export interface NewUpload {
  filename: string | undefined;
  source: Readable;
}

/** An upload whose bytes are on disk and which no user can see yet. */
export interface PendingUpload extends Pick<WrittenUpload, 'sizeBytes' | 'mimeType'> {
  id: string;
  filename: string;
}

/** Files, for their owners and for whoever may see a session whose messages name them; others get `not_found`. */
export interface FileService {
  readonly maxBytes: number;
  /** @throws CspError `quota_exceeded` when the user may upload nothing more. */
  assertMayUpload(actor: Actor): Promise<void>;
  /** Takes the bytes; `keep` or `discard` must follow. Throws `too_large`. */
  receive(upload: NewUpload): Promise<PendingUpload>;
  /** @throws CspError `quota_exceeded` when the user has no room for it; `discard` it then. */
  keep(actor: Actor, pending: PendingUpload, options?: { expiresInSeconds?: number }): Promise<StoredFile>;
  discard(pending: PendingUpload): Promise<void>;
  get(actor: Actor, id: string): Promise<StoredFile>;
  list(actor: Actor, options: Omit<FileListOptions, 'ownerId'>): Promise<FilePage>;
  open(actor: Actor, id: string): Promise<{ file: StoredFile; content: Readable }>;
  delete(actor: Actor, id: string): Promise<void>;
  /** Gives all files of a user to another one, who may then have more than the quota. */
  handOverAll(ownerId: string, nextOwnerId: string): Promise<void>;
  /** Deletes all files of a user. */
  deleteAll(ownerId: string): Promise<void>;
  /**
   * Reads the whole file, at most `maxBytes`, if a message of the session names it or the session's owner owns it. For
   * the delivery of a message, which no user waits for: whether its sender may use the file was checked when it was
   * sent.
   */
  readForSession(session: { id: string; ownerId: string }, id: string): Promise<{ file: StoredFile; content: Buffer }>;
}

export interface FileQuota {
  count: number;
  bytes: number;
}

/**
 * Makes the folder, removes what has expired and what a killed server has received and not kept.
 *
 * Over 100 lines: its methods share the folder, the quota and the order in which files are kept.
 */
export async function openFileService(options: {
  files: Store['files'];
  dir: string;
  maxBytes: number;
  /** What one user may have. */
  quota: FileQuota;
  /** Milliseconds since 1970. */
  now: () => number;
}): Promise<FileService> {
  const { files, dir, maxBytes, quota, now } = options;
  /** One after the other, so that together they stay within the quota. */
  const keeping = createSerialQueue();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const toPath = (id: string) => join(dir, id);
  const toPartialPath = (id: string) => `${toPath(id)}${PARTIAL}`;
  /** Behind its row: bytes under their final name are always somebody's. */
  const finish = async (id: string): Promise<void> => {
    await rename(toPartialPath(id), toPath(id)).catch(async (error: unknown) => {
      // Whoever shares the folder may have been first.
      await access(toPath(id)).catch(() => {
        throw error;
      });
    });
    await syncDir(dir);
  };
  const openStored = async (id: string): Promise<FileHandle> => {
    await using folder = await openFolder(dir);
    const find = () => folder.openFile(id).catch(() => undefined);
    const stored = (await find()) ?? (await finishLeft(id).then(find));
    if (stored === undefined) throw toGone(id);
    return stored;
  };
  /** The server that made the row may have been killed before it gave the bytes their name; or gives it in this moment. */
  const finishLeft = (id: string): Promise<void> => finish(id).catch(() => undefined);
  const remove = async (id: string): Promise<boolean> => {
    const existed = await files.delete(id);
    await rm(toPath(id), { force: true });
    return existed;
  };
  const removeExpired = async () => {
    for (const id of await files.listExpired()) await remove(id);
  };
  const getPermittedFile = async (actor: Actor, action: 'file.read' | 'file.delete', id: string) => {
    const file = await files.find(id);
    if (file?.ownerId === actor.userId) return file;
    // Asked for unknown files too, so that both take equally long.
    const isInSession = await files.isInSessionOf(id, actor.userId);
    const found = file && { ...file, level: isInSession ? ('view' as const) : null };
    return getPermitted(actor, action, { found, name: `file ${id}` });
  };

  const assertRoom = async (ownerId: string, added: FileQuota): Promise<void> => {
    const { count, bytes } = await files.measure(ownerId);
    if (count + added.count <= quota.count && bytes + added.bytes <= quota.bytes) return;
    const [held, most] = [bytes, quota.bytes].map((each) => Math.ceil(each / 1024 / 1024));
    throw new CspError(
      'quota_exceeded',
      `You have ${count} files of ${held} MB together, and may have ${quota.count} files of ${most} MB. Delete some first`,
      { details: { limit: quota.count, limit_bytes: quota.bytes, count, bytes } },
    );
  };

  await removeExpired();
  for (const name of await readdir(dir)) {
    if (!name.endsWith(PARTIAL)) continue;
    const id = name.slice(0, -PARTIAL.length);
    // A row is made only when all bytes are there.
    if ((await files.find(id)) !== undefined) await finishLeft(id);
    else if (now() - (await findChangedMs(join(dir, name))) > RECEIVED_MS) await rm(join(dir, name), { force: true });
  }
  return {
    maxBytes,
    assertMayUpload: ({ userId }) => assertRoom(userId, { count: 1, bytes: 1 }),
    async receive({ filename: given, source }) {
      const id = createId('file', now());
      // Only the last part of a path, whichever way its slashes lean.
      const filename = basename((given ?? '').replaceAll('\\', '/')).slice(0, 255);
      const written = await writeUpload(source, { path: toPartialPath(id), filename, maxBytes });
      const { sizeBytes, mimeType, extension } = written;
      return { id, filename: filename || `unnamed${extension}`, sizeBytes, mimeType };
    },
    async keep({ userId: ownerId }, pending, { expiresInSeconds } = {}) {
      await removeExpired();
      const expiresAt = expiresInSeconds === undefined ? null : new Date(now() + expiresInSeconds * 1000).toISOString();
      return keeping.run(async () => {
        await assertRoom(ownerId, { count: 1, bytes: pending.sizeBytes });
        const file = await files.create({ ...pending, ownerId, sessionId: null, expiresAt });
        await finish(file.id).catch(async (error: unknown) => {
          await remove(file.id);
          throw error;
        });
        return file;
      });
    },
    discard: (pending) => rm(toPartialPath(pending.id), { force: true }),
    get: (actor, id) => getPermittedFile(actor, 'file.read', id),
    list: (actor, listOptions) => files.list({ ...listOptions, ownerId: findVisibleOwner(actor, 'file.read') }),
    async open(actor, id) {
      const file = await getPermittedFile(actor, 'file.read', id);
      return { file, content: (await openStored(id)).createReadStream() };
    },
    async delete(actor, id) {
      await getPermittedFile(actor, 'file.delete', id);
      await remove(id);
    },
    handOverAll: (ownerId, nextOwnerId) => files.giveTo(ownerId, nextOwnerId),
    async deleteAll(ownerId) {
      for (const id of await files.listOwned(ownerId)) await remove(id);
    },
    async readForSession(session, id) {
      const file = await files.find(id);
      const isTheirs = file?.ownerId === session.ownerId || (await files.isInSession(id, session.id));
      if (file === undefined || !isTheirs) throw toGone(id);
      await using stored = await openStored(id);
      const content = await readWhole(stored, file.sizeBytes);
      if (content === undefined) throw toGone(id);
      return { file, content };
    },
  };
}

function toGone(id: string): CspError {
  return new CspError('not_found', `The content of the file ${id} is missing. Upload it again`);
}

/** When a file was written last, in milliseconds since 1970; `Infinity` where it is gone. */
async function findChangedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
}
