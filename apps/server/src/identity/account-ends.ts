import { makeRoom } from '../lib/make-room.ts';
import type { Users } from './users.ts';

/** Why a browser is signed out by what has become of its account. */
export type AccountEnd = 'account_locked' | 'account_removed';

/** Cookies of browsers that were signed in lately; of others that come back, nothing is known. */
const MAX_COOKIES = 10_000;

/**
 * Tells a browser that its account was locked or removed, and nobody else: only whoever has a cookie that was good. In
 * memory, since the sign-ins themselves are gone from the database.
 */
export interface AccountEnds {
  /** @param digest of the cookie */
  noteGood(digest: string, userId: string): void;
  /** Undefined for a cookie that was never good here, and for one that ended otherwise. */
  find(digest: string): Promise<AccountEnd | undefined>;
}

export function createAccountEnds(users: Pick<Users, 'find'>): AccountEnds {
  const userIds = new Map<string, string>();
  return {
    noteGood(digest, userId) {
      userIds.delete(digest);
      makeRoom(userIds, MAX_COOKIES);
      userIds.set(digest, userId);
    },
    async find(digest) {
      const userId = userIds.get(digest);
      if (userId === undefined) return undefined;
      const user = await users.find(userId);
      if (user === undefined) return 'account_removed';
      return user.status === 'locked' ? 'account_locked' : undefined;
    },
  };
}
