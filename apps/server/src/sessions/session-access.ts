import type { SessionResource } from '@claude-sdk-pattern/protocol';

import type { Action } from '../access/actions.ts';
import { getPermitted } from '../access/get-permitted.ts';
import type { Actor } from '../identity/actor.ts';
import type { ProcessState } from '../processes/process-holder.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { ShareLevel } from '../store/shares.ts';
import type { SessionDeps } from './session-deps.ts';
import { toResource } from './to-resource.ts';

/** A session with the relation of one user to it, as the rules of `access` read it. */
export interface SeenSession {
  session: Session;
  ownerId: string;
  /** The level at which it is shared with the user; null for its owner. */
  level: ShareLevel | null;
}

export interface SessionAccessDeps {
  store: { sessions: Pick<Store['sessions'], 'findFor'> };
  findUsers: SessionDeps['findUsers'];
  /** The row and the process of a session that this server has in memory. */
  findServed(sessionId: string): { session: Session; process: { state: ProcessState } } | undefined;
}

/** Finds the relation of an actor to a session, in one place for everything that may be done with sessions. */
export interface SessionAccess {
  /**
   * The session, if the table lets the actor do this with it. Reads nothing from the store for the owner of a session
   * in memory. For everybody else one statement decides, whether the session exists or not.
   * @throws CspError `not_found`, or `permission_denied` to whom it is shared with at a lower level.
   */
  get(actor: Actor, action: Action, sessionId: string): Promise<SeenSession>;
  /** Sessions as the clients of one user see them: those of others say whose they are. */
  describe(seen: readonly SeenSession[]): Promise<SessionResource[]>;
}

export function createSessionAccess({ store, findUsers, findServed }: SessionAccessDeps): SessionAccess {
  const find = async ({ userId }: Actor, sessionId: string): Promise<SeenSession | undefined> => {
    const served = findServed(sessionId)?.session;
    if (served?.ownerId === userId) return { session: served, ownerId: userId, level: null };
    const seen = await store.sessions.findFor(sessionId, userId);
    if (seen === undefined) return undefined;
    const session = findServed(sessionId)?.session ?? seen.session;
    return { session, ownerId: session.ownerId, level: seen.level };
  };

  return {
    async get(actor, action, sessionId) {
      return getPermitted(actor, action, { found: await find(actor, sessionId), name: `session ${sessionId}` });
    },
    async describe(seen) {
      const owners = seen.flatMap(({ ownerId, level }) => (level === null ? [] : [ownerId]));
      const users = owners.length === 0 ? undefined : await findUsers(owners);
      return seen.map(({ session, ownerId, level }) => {
        const resource = toResource(session, findServed(session.id)?.process.state ?? 'none');
        if (level === null) return resource;
        return { ...resource, shared: { level, owner: { id: ownerId, name: users?.get(ownerId)?.name ?? ownerId } } };
      });
    },
  };
}
