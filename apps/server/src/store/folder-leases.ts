import { sql, type Selectable } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import type { FolderLeaseTable } from './schema.ts';

/** A session works in a folder of the machine itself, and no other one does. */
export interface FolderLease {
  /** Of the session's resource. */
  resourceId: string;
  /** Absolute, without links. */
  path: string;
  sessionId: string;
  takenAt: string;
}

export interface FolderLeaseRepository {
  /** The oldest first. */
  list(): Promise<FolderLease[]>;
  /**
   * Takes the folder for a session; the same resource may take it again. Answers with the lease of another session on the folder, on
   * one that contains it or on one in it, and takes nothing then.
   */
  take(lease: Omit<FolderLease, 'takenAt'>): Promise<FolderLease | undefined>;
  /** False where the resource held none. */
  release(resourceId: string): Promise<boolean>;
  releaseOfSession(sessionId: string): Promise<void>;
}

/** Held while one is looked for and taken; of PostgreSQL. */
const LEASE_LOCK = 0x66_6f_6c_64;

export function createFolderLeaseRepository({ db, kind, atomically, now }: RepositoryContext): FolderLeaseRepository {
  return {
    async list() {
      const rows = await db
        .selectFrom('folder_leases')
        .selectAll()
        .orderBy('taken_at')
        .orderBy('resource_id')
        .execute();
      return rows.map(toLease);
    },

    take: ({ resourceId, path, sessionId }) =>
      atomically(async (transaction) => {
        if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${LEASE_LOCK})`.execute(transaction);
        const rows = await transaction.selectFrom('folder_leases').selectAll().execute();
        const taken = rows.find((row) => row.session_id !== sessionId && overlap(row.path, path));
        if (taken !== undefined) return toLease(taken);
        await transaction
          .insertInto('folder_leases')
          .values({ resource_id: resourceId, path, session_id: sessionId, taken_at: now() })
          .onConflict((conflict) => conflict.column('resource_id').doNothing())
          .execute();
        return undefined;
      }),

    async release(resourceId) {
      const { numDeletedRows } = await db
        .deleteFrom('folder_leases')
        .where('resource_id', '=', resourceId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async releaseOfSession(sessionId) {
      await db.deleteFrom('folder_leases').where('session_id', '=', sessionId).execute();
    },
  };
}

/** Whether one is the other or contains it. */
function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

function toLease(row: Selectable<FolderLeaseTable>): FolderLease {
  return { resourceId: row.resource_id, path: row.path, sessionId: row.session_id, takenAt: row.taken_at };
}
