import type { Selectable } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import { prepare } from './prepared.ts';
import type { ShareStateTable, ShareTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** What a person may do with a shared session, weakest first; `access` defines each. */
export const SHARE_LEVELS = ['view', 'drive', 'manage'] as const;
export type ShareLevel = (typeof SHARE_LEVELS)[number];

/** One session shared with one user. */
export interface Share {
  sessionId: string;
  userId: string;
  level: ShareLevel;
  /** The user who gave the present level. */
  grantedBy: string;
  createdAt: string;
  /** When the level was last set. */
  updatedAt: string;
}

/** A session as the list of what is shared with a user names it. */
export interface SharedSession {
  sessionId: string;
  userId: string;
  level: ShareLevel;
  ownerId: string;
}

export interface ShareRepository {
  /** Shares the session with the user, or changes the level. Throws `not_found` without a session. */
  put(share: Pick<Share, 'sessionId' | 'userId' | 'level' | 'grantedBy'>): Promise<Share>;
  /** False when there was none. */
  end(share: Pick<Share, 'sessionId' | 'userId'>): Promise<boolean>;
  /** Ends every share with a user, whose account was removed. */
  endAllWith(userId: string): Promise<void>;
  /** With whom the session is shared, oldest first. */
  list(sessionId: string): Promise<Share[]>;
  /** The ids of those with whom sessions that this user owns or manages are shared; at most 1000. */
  listKnownTo(userId: string): Promise<string[]>;
  /** With how many people each of these sessions is shared; those with nobody are left out. */
  count(sessionIds: readonly string[]): Promise<Map<string, number>>;
  /**
   * Another number whenever a share was made, changed or ended, or a session has got another owner. Read before `listWith`, it
   * stays the same as long as that does.
   */
  findVersion(): Promise<number>;
  /** Everything that is shared with these users. */
  listWith(userIds: readonly string[]): Promise<SharedSession[]>;
}

const selectVersion = prepare<object, Pick<ShareStateTable, 'version'>>((db) =>
  db.selectFrom('share_state').select('version').where('id', '=', 1),
);

/** User ids in one query: below what the databases take as parameters. */
const CHUNK = 1000;

export function createShareRepository(context: RepositoryContext): ShareRepository {
  const { db, now, atomically } = context;
  return {
    put: ({ sessionId, userId, level, grantedBy }) =>
      atomically(async (trx) => {
        const session = await trx.selectFrom('sessions').select('id').where('id', '=', sessionId).executeTakeFirst();
        if (session === undefined) throw new StoreError('not_found', `There is no session ${sessionId}.`);
        const changed = { level, granted_by: grantedBy, updated_at: now() };
        const insert = trx
          .insertInto('session_shares')
          .values({ session_id: sessionId, user_id: userId, created_at: changed.updated_at, ...changed })
          .onConflict((conflict) => conflict.columns(['session_id', 'user_id']).doUpdateSet(changed));
        return toShare(await insert.returningAll().executeTakeFirstOrThrow());
      }),

    async end({ sessionId, userId }) {
      const ended = db.deleteFrom('session_shares').where('session_id', '=', sessionId).where('user_id', '=', userId);
      return (await ended.executeTakeFirst()).numDeletedRows > 0n;
    },

    async endAllWith(userId) {
      await db.deleteFrom('session_shares').where('user_id', '=', userId).execute();
    },

    async list(sessionId) {
      const shares = db.selectFrom('session_shares').selectAll().where('session_id', '=', sessionId);
      return (await shares.orderBy('created_at').orderBy('user_id').execute()).map(toShare);
    },

    async listKnownTo(userId) {
      const managed = db
        .selectFrom('session_shares')
        .select('session_id')
        .where('user_id', '=', userId)
        .where('level', '=', 'manage');
      const rows = await db
        .selectFrom('session_shares')
        .innerJoin('sessions', 'sessions.id', 'session_shares.session_id')
        .select('session_shares.user_id')
        .distinct()
        .where(({ or, eb }) => or([eb('sessions.owner_id', '=', userId), eb('sessions.id', 'in', managed)]))
        .where('session_shares.user_id', '!=', userId)
        .limit(CHUNK)
        .execute();
      return rows.map((row) => row.user_id);
    },

    async count(sessionIds) {
      if (sessionIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('session_shares')
        .innerJoin('sessions', 'sessions.id', 'session_shares.session_id')
        .select(({ fn }) => ['session_shares.session_id', fn.countAll().as('count')])
        .where('session_shares.session_id', 'in', sessionIds)
        // It may have been handed over to somebody with whom it was shared.
        .whereRef('sessions.owner_id', '!=', 'session_shares.user_id')
        .groupBy('session_shares.session_id')
        .execute();
      return new Map(rows.map((row) => [row.session_id, Number(row.count)]));
    },

    async findVersion() {
      return (await selectVersion(context, {})).rows[0]?.version ?? 0;
    },

    async listWith(userIds) {
      const found: SharedSession[] = [];
      for (let start = 0; start < userIds.length; start += CHUNK) {
        const rows = await db
          .selectFrom('session_shares')
          .innerJoin('sessions', 'sessions.id', 'session_shares.session_id')
          .select(['session_shares.session_id', 'session_shares.user_id', 'session_shares.level', 'sessions.owner_id'])
          .where('session_shares.user_id', 'in', userIds.slice(start, start + CHUNK))
          // Whoever owns a session needs no share of it: it may have been handed over to them.
          .whereRef('sessions.owner_id', '!=', 'session_shares.user_id')
          .execute();
        found.push(
          ...rows.map((row) => ({
            sessionId: row.session_id,
            userId: row.user_id,
            level: row.level as ShareLevel,
            ownerId: row.owner_id,
          })),
        );
      }
      return found;
    },
  };
}

function toShare(row: Selectable<ShareTable>): Share {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    level: row.level as ShareLevel,
    grantedBy: row.granted_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
