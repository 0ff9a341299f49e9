import type { Selectable } from 'kysely';

import { toPlainText } from './json-column.ts';
import { findNewest } from './newest-first.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { FileTable } from './schema.ts';

/** Metadata of a file; its bytes are on disk. */
export interface StoredFile {
  id: string;
  ownerId: string;
  filename: string;
  mimeType: string;
  sizeBytes: number;
  /** The session that it was made in, if any. */
  sessionId: string | null;
  createdAt: string;
  /** ISO 8601; from then on it is as if it were deleted. */
  expiresAt: string | null;
}

export interface FileListOptions {
  /** Owner of the files; null for the files of all users. */
  ownerId: string | null;
  /** Only these; empty means none. */
  ids?: readonly string[];
  sessionId?: string;
  limit: number;
  cursor?: string | null;
}

export interface FilePage {
  files: StoredFile[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export interface FileRepository {
  /** Throws `conflict` when the id exists. */
  create(file: Omit<StoredFile, 'createdAt'>): Promise<StoredFile>;
  /** Undefined also for a file that has expired. */
  find(id: string): Promise<StoredFile | undefined>;
  /** Notes that a message of the session names these files. */
  addToSession(sessionId: string, ids: readonly string[]): Promise<void>;
  /** Gives a fork what the messages that it copied name. */
  copyToSession(fork: { from: string; to: string }): Promise<void>;
  /** Whether a message of the session names the file. */
  isInSession(id: string, sessionId: string): Promise<boolean>;
  /** Whether a message names it in a session that the user owns or that is shared with them. */
  isInSessionOf(id: string, userId: string): Promise<boolean>;
  /** Last made first, without those that have expired. Throws `invalid_cursor`. */
  list(options: FileListOptions): Promise<FilePage>;
  /** Counts the user's files and bytes, without expired files. */
  measure(ownerId: string): Promise<{ count: number; bytes: number }>;
  /** Gives all files of a user to another one. */
  giveTo(ownerId: string, nextOwnerId: string): Promise<void>;
  /** The ids of all files of a user, also of those that have expired. */
  listOwned(ownerId: string): Promise<string[]>;
  /** False when there was none. */
  delete(id: string): Promise<boolean>;
  /** The ids of files whose time is over. */
  listExpired(): Promise<string[]>;
}

/** Over 100 lines: one method for each statement. */
export function createFileRepository({ db, now }: RepositoryContext): FileRepository {
  const unexpired = () =>
    db
      .selectFrom('files')
      .selectAll()
      .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now())]));

  return {
    async create(file) {
      const row = {
        id: file.id,
        owner_id: file.ownerId,
        filename: toPlainText(file.filename),
        mime_type: toPlainText(file.mimeType),
        size_bytes: file.sizeBytes,
        session_id: file.sessionId,
        created_at: now(),
        expires_at: file.expiresAt,
      };
      await db.insertInto('files').values(row).execute();
      return toStoredFile(row);
    },

    async find(id) {
      const row = await unexpired().where('id', '=', id).executeTakeFirst();
      return row && toStoredFile(row);
    },

    async addToSession(sessionId, ids) {
      // A file that was deleted meanwhile is left out.
      const known = ids.length === 0 ? [] : await db.selectFrom('files').select('id').where('id', 'in', ids).execute();
      const rows = known.map(({ id }) => ({ session_id: sessionId, file_id: id }));
      if (rows.length === 0) return;
      await db
        .insertInto('session_files')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async copyToSession({ from, to }) {
      const files = await db.selectFrom('session_files').select('file_id').where('session_id', '=', from).execute();
      const rows = files.map(({ file_id }) => ({ session_id: to, file_id }));
      if (rows.length > 0) await db.insertInto('session_files').values(rows).execute();
    },

    async isInSession(id, sessionId) {
      const named = db.selectFrom('session_files').select('file_id').where('file_id', '=', id);
      return (await named.where('session_id', '=', sessionId).executeTakeFirst()) !== undefined;
    },

    async isInSessionOf(id, userId) {
      const row = await db
        .selectFrom('session_files')
        .innerJoin('sessions', 'sessions.id', 'session_files.session_id')
        .leftJoin('session_shares', (join) =>
          join.onRef('session_shares.session_id', '=', 'sessions.id').on('session_shares.user_id', '=', userId),
        )
        .select('session_files.file_id')
        .where('session_files.file_id', '=', id)
        .where(({ eb, or }) => or([eb('sessions.owner_id', '=', userId), eb('session_shares.level', 'is not', null)]))
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async list({ ownerId, ids, sessionId, limit, cursor }) {
      if (ids?.length === 0) return { files: [], nextCursor: null };
      let query = unexpired();
      if (ownerId !== null) query = query.where('owner_id', '=', ownerId);
      if (ids !== undefined) query = query.where('id', 'in', ids);
      if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
      const { rows, nextCursor } = await findNewest(query, { limit, cursor });
      return { files: rows.map(toStoredFile), nextCursor };
    },

    async measure(ownerId) {
      const { count, bytes } = await unexpired()
        .clearSelect()
        .where('owner_id', '=', ownerId)
        .select(({ fn }) => [fn.countAll().as('count'), fn.sum('size_bytes').as('bytes')])
        .executeTakeFirstOrThrow();
      return { count: Number(count), bytes: Number(bytes ?? 0) };
    },

    async giveTo(ownerId, nextOwnerId) {
      await db.updateTable('files').set({ owner_id: nextOwnerId }).where('owner_id', '=', ownerId).execute();
    },

    async listOwned(ownerId) {
      const rows = await db.selectFrom('files').select('id').where('owner_id', '=', ownerId).execute();
      return rows.map(({ id }) => id);
    },

    async delete(id) {
      const result = await db.deleteFrom('files').where('id', '=', id).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async listExpired() {
      const rows = await db.selectFrom('files').select('id').where('expires_at', '<=', now()).execute();
      return rows.map(({ id }) => id);
    },
  };
}

function toStoredFile(row: Selectable<FileTable>): StoredFile {
  return {
    id: row.id,
    ownerId: row.owner_id,
    filename: row.filename,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    sessionId: row.session_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
