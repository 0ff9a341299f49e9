import type { SessionResource, ToldStop, ToldStorageProblem } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ToldOutage } from './follow-outages.ts';
import type { ShareBoard } from './share-board.ts';

export type SessionChange =
  | { type: 'changed'; ownerId: string; session: SessionResource }
  | { type: 'deleted'; ownerId: string; sessionId: string };

/** A change as one user sees it. */
export type WatchedChange =
  | { type: 'changed'; session: SessionResource }
  | { type: 'deleted'; sessionId: string }
  /** The session is not shared with the user any more. */
  | { type: 'unshared'; sessionId: string }
  /** Other plugins serve new processes. */
  | { type: 'plugins_changed' }
  /** Whether the model API takes calls of new turns. */
  | { type: 'model_outage'; outage: ToldOutage | null }
  /** What stops all new turns of the user. */
  | { type: 'work_stopped'; stop: ToldStop | null }
  /** Why the server can store nothing new. */
  | { type: 'storage_problem'; problem: ToldStorageProblem | null };

/** Tells of the changes of sessions on this server. */
export interface SessionChanges {
  /** Whether anybody listens. */
  readonly isHeard: boolean;
  tell(change: SessionChange): void;
  /** For the server itself: calls back for every change of every session. */
  onChanged(listener: (change: SessionChange) => void): () => void;
  /** Calls back once when this session was deleted. */
  onDeleted(sessionId: string, listener: () => void): () => void;
  /**
   * Calls back for every change of a session that the actor may see. Resolves when the sessions that are listed from
   * then on, and the changes, are complete.
   */
  watch(actor: Pick<Actor, 'userId'>, listener: (change: WatchedChange) => void): Promise<() => void>;
}

export interface SessionChangesDeps {
  store: { sessions: Pick<Store['sessions'], 'findFor'> };
  board: Pick<ShareBoard, 'follow' | 'find'>;
  logger: Pick<Logger, 'warn'>;
  /** As its owner sees the session, from memory where it is there. */
  toCurrentResource(session: Session): SessionResource;
}

export function createSessionChanges({ store, board, logger, toCurrentResource }: SessionChangesDeps): SessionChanges {
  const listeners = new Set<(change: SessionChange) => void>();
  const ends = new Map<string, Set<() => void>>();

  const onChanged: SessionChanges['onChanged'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  async function tellShared(userId: string, sessionId: string, listener: (change: WatchedChange) => void) {
    try {
      const seen = await store.sessions.findFor(sessionId, userId);
      const shared = board.find(userId, sessionId);
      if (seen === undefined || shared === undefined) return;
      listener({ type: 'changed', session: { ...toCurrentResource(seen.session), shared } });
    } catch (error) {
      logger.warn({ err: error, session_id: sessionId }, 'a user could not be told of a shared session');
    }
  }

  return {
    get isHeard() {
      return listeners.size > 0;
    },
    tell(change) {
      for (const listener of listeners) listener(change);
      if (change.type === 'deleted') for (const end of [...(ends.get(change.sessionId) ?? [])]) end();
    },
    onChanged,
    onDeleted(sessionId, listener) {
      const ofSession = ends.get(sessionId) ?? new Set();
      ends.set(sessionId, ofSession);
      ofSession.add(listener);
      return () => {
        ofSession.delete(listener);
        if (ofSession.size === 0 && ends.get(sessionId) === ofSession) ends.delete(sessionId);
      };
    },
    async watch({ userId }, listener) {
      const unwatch = onChanged((change) => {
        const sessionId = change.type === 'changed' ? change.session.id : change.sessionId;
        const shared = change.ownerId === userId ? undefined : board.find(userId, sessionId);
        if (change.ownerId !== userId && shared === undefined) return;
        if (change.type === 'deleted') listener({ type: 'deleted', sessionId });
        else if (shared === undefined) listener({ type: 'changed', session: change.session });
        else {
          // With how many others it is shared is its owner's affair.
          const { share_count: _, ...session } = change.session;
          listener({ type: 'changed', session: { ...session, shared } });
        }
      });
      const unfollow = await board.follow(userId, ({ type, sessionId }) => {
        if (type === 'ended') listener({ type: 'unshared', sessionId });
        else void tellShared(userId, sessionId, listener);
      });
      return () => {
        unwatch();
        unfollow();
      };
    },
  };
}
