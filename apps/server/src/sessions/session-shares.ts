import { CspError, type Person, type SessionShare } from '@claude-sdk-pattern/protocol';

import { toFactActor, type FactTarget } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { isStoreError } from '../store/store-error.ts';
import type { Share, ShareLevel } from '../store/shares.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';
import type { ShareBoard } from './share-board.ts';

export interface SessionSharesDeps extends Pick<SessionDeps, 'store' | 'audit' | 'findUsers'> {
  access: Pick<SessionAccess, 'get'>;
  board: Pick<ShareBoard, 'refresh'>;
  /** Tells the owner of a changed share. */
  onChanged(sessionId: string): Promise<void>;
}

/** With whom sessions are shared, for their owners and managers. */
export interface SessionShares {
  list(actor: Actor, sessionId: string): Promise<SessionShare[]>;
  /** The people with whom sessions are shared that this user owns or manages, and whose addresses they so see. */
  listKnownTo(userId: string): Promise<Person[]>;
  /**
   * Shares the session, or changes the level. Acts at once on what the user has open.
   * @throws CspError `invalid_request` for oneself and the owner, `not_found` for an unknown user.
   */
  put(actor: Actor, sessionId: string, share: { userId: string; level: ShareLevel }): Promise<SessionShare>;
  /** Also for whom it is shared with, who leaves it. @throws CspError `not_found` when it is not shared with the user. */
  end(actor: Actor, sessionId: string, userId: string): Promise<void>;
}

export function createSessionShares({
  store,
  audit,
  findUsers,
  access,
  board,
  onChanged,
}: SessionSharesDeps): SessionShares {
  const describe = async (shares: readonly Share[]): Promise<SessionShare[]> => {
    const users = await findUsers(shares.flatMap(({ userId, grantedBy }) => [userId, grantedBy]));
    return shares.flatMap((share) => {
      const user = users.get(share.userId);
      // Without an account the share grants nothing.
      if (user === undefined) return [];
      const { id, name, email } = user;
      return [
        {
          type: 'session_share' as const,
          session_id: share.sessionId,
          user_id: id,
          level: share.level,
          user: { id, name, email },
          granted_by: { id: share.grantedBy, name: users.get(share.grantedBy)?.name ?? share.grantedBy },
          created_at: share.createdAt,
          updated_at: share.updatedAt,
        },
      ];
    });
  };

  return {
    async listKnownTo(userId) {
      return [...(await findUsers(await store.shares.listKnownTo(userId))).values()];
    },

    async list(actor, sessionId) {
      const { ownerId } = await access.get(actor, 'session.read_shares', sessionId);
      const shares = await store.shares.list(sessionId);
      // A session that was handed over may still be shared with its new owner, which grants nothing.
      return describe(shares.filter(({ userId }) => userId !== ownerId));
    },

    async put(actor, sessionId, { userId, level }) {
      const { ownerId } = await access.get(actor, 'session.share', sessionId);
      if (userId === ownerId) refuse('user_id', 'The session belongs to this user: nothing is shared with its owner');
      if (userId === actor.userId) refuse('user_id', 'You cannot change your own share. Ask the owner of the session');
      if (!(await findUsers([userId])).has(userId)) throw new CspError('not_found', `There is no user ${userId}`);
      const share = await store
        .transaction(async (transaction) => {
          const put = await transaction.shares.put({ sessionId, userId, level, grantedBy: actor.userId });
          const fact = { actor: toFactActor(actor), action: 'session.share', target: toTarget(sessionId) } as const;
          await audit.record({ ...fact, details: { user_id: userId, level } }, transaction);
          return put;
        })
        .catch((error: unknown) => {
          const isGone = isStoreError(error, 'not_found');
          throw isGone ? new CspError('not_found', `There is no session ${sessionId}`) : error;
        });
      await Promise.all([board.refresh(), onChanged(sessionId)]);
      const [described] = await describe([share]);
      if (described === undefined) throw new CspError('not_found', `There is no user ${userId}`);
      return described;
    },

    async end(actor, sessionId, userId) {
      await access.get(actor, userId === actor.userId ? 'session.leave' : 'session.share', sessionId);
      const isEnded = await store.transaction(async (transaction) => {
        if (!(await transaction.shares.end({ sessionId, userId }))) return false;
        const fact = { actor: toFactActor(actor), action: 'session.unshare', target: toTarget(sessionId) } as const;
        await audit.record({ ...fact, details: { user_id: userId } }, transaction);
        return true;
      });
      if (!isEnded) throw new CspError('not_found', `Session ${sessionId} is not shared with ${userId}`);
      await Promise.all([board.refresh(), onChanged(sessionId)]);
    },
  };
}

function toTarget(sessionId: string): FactTarget {
  return { type: 'session', id: sessionId };
}

function refuse(field: string, message: string): never {
  throw new CspError('invalid_request', message, { details: { field } });
}
