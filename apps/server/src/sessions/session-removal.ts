import { SYSTEM, toFactActor, type FactActor } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { deleteSession } from './delete-session.ts';
import type { LiveSession } from './live/live-session.ts';
import type { ServedSessions } from './served-sessions.ts';
import type { SessionChanges } from './session-changes.ts';
import type { SessionDeps } from './session-deps.ts';
import type { ShareBoard } from './share-board.ts';

export interface SessionRemovalDeps {
  deps: Pick<SessionDeps, 'store' | 'audit' | 'workspaces' | 'histories' | 'logger' | 'nodeId' | 'placeId' | 'journal'>;
  served: Pick<ServedSessions, 'get' | 'evict'>;
  changes: Pick<SessionChanges, 'tell'>;
  board: Pick<ShareBoard, 'refresh'>;
  /** Tells of a session that has another owner. */
  publish(live: LiveSession): void;
}

/** Takes sessions out of this server: deletes them, or gives them to another user. */
export interface SessionRemoval {
  /** False when somebody else deletes or has deleted it. */
  delete(sessionId: string, actor: Actor): Promise<boolean>;
  /**
   * Deletes a session that nobody has changed since `unchangedSince` (ISO 8601). False when somebody has, or
   * something runs in it. `retire` checks at the last moment and closes the session, so that nothing begins meanwhile.
   */
  deleteUnused(sessionId: string, options: { unchangedSince: string }): Promise<boolean>;
  /** Deletes all sessions of a user, whose account is removed, and ends what others share with them. */
  deleteAll(ownerId: string, actor: Actor): Promise<void>;
  /** Gives all sessions of a user, whose account is removed, to another one. A turn that runs is continued there. */
  handOverAll(ownerId: string, nextOwnerId: string): Promise<void>;
}

export function createSessionRemoval({ deps, served, changes, board, publish }: SessionRemovalDeps): SessionRemoval {
  const { store, journal } = deps;

  const deleteServed = async (
    live: LiveSession,
    { by, close }: { by: FactActor; close: () => Promise<void> },
  ): Promise<boolean> => {
    const { id: sessionId, ownerId } = live.session;
    const isDeleted = await served.evict(live, async () => {
      await close();
      await deleteSession(deps, live.session, by);
      journal.forget(sessionId);
      deps.histories?.forget(live.session.agentSessionId);
    });
    if (!isDeleted) return false;
    changes.tell({ type: 'deleted', ownerId, sessionId });
    return true;
  };

  /** Goes on until the user owns no session. */
  const forEachOf = async (ownerId: string, work: (live: LiveSession) => Promise<unknown>): Promise<void> => {
    for (;;) {
      const page = await store.sessions.list({ ownerId, includeArchived: true, limit: 100 });
      if (page.sessions.length === 0) return;
      for (const { id } of page.sessions) {
        try {
          await work(await served.get(id));
        } catch (error) {
          // Somebody may have deleted it meanwhile.
          if ((await store.sessions.find(id)) !== undefined) throw error;
        }
      }
    }
  };

  const endShares = async (userId: string): Promise<void> => {
    await store.shares.endAllWith(userId);
    await board.refresh();
  };

  return {
    async delete(sessionId, actor) {
      const live = await served.get(sessionId);
      return deleteServed(live, { by: toFactActor(actor), close: () => live.close() });
    },

    async deleteUnused(sessionId, { unchangedSince }) {
      const live = await served.get(sessionId);
      const isUnused = live.session.updatedAt < unchangedSince;
      return isUnused && live.retire() && deleteServed(live, { by: SYSTEM, close: async () => undefined });
    },

    async deleteAll(ownerId, actor) {
      const by = toFactActor(actor);
      await forEachOf(ownerId, (live) => deleteServed(live, { by, close: () => live.close() }));
      await endShares(ownerId);
    },

    async handOverAll(ownerId, nextOwnerId) {
      await forEachOf(ownerId, async (live) => {
        const { fence } = live;
        const { id: sessionId } = live.session;
        const isEvicted = await served.evict(live, async () => {
          await live.close();
          // The vaults are deleted with the account: nobody acts for its person any more.
          await store.sessions.update(sessionId, { ownerId: nextOwnerId, vaultIds: [] }, { fence });
          // They were given by the one before.
          await store.secrets.deleteAll({ scope: 'session', ownerId: sessionId });
          await store.leases.release({ sessionId, fence });
        });
        if (isEvicted) publish(await served.get(sessionId));
      });
      await endShares(ownerId);
    },
  };
}
