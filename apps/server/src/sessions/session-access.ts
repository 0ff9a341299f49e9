import type { Person, SessionResource } from '@claude-sdk-pattern/protocol';

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
  /** A session as the clients of one user see it: that of somebody else says whose it is. */
  describe(seen: SeenSession): Promise<SessionResource>;
  describeAll(seen: readonly SeenSession[]): Promise<SessionResource[]>;
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

  const findOwners = async (seen: readonly SeenSession[]): Promise<Map<string, Person>> => {
    const ids = seen.flatMap(({ ownerId, level }) => (level === null ? [] : [ownerId]));
    return ids.length === 0 ? new Map() : findUsers(ids);
  };

  const describe = ({ session, ownerId, level }: SeenSession, owners: ReadonlyMap<string, Person>): SessionResource => {
    const resource = toResource(session, findServed(session.id)?.process.state ?? 'none');
    if (level === null) return resource;
    return { ...resource, shared: { level, owner: { id: ownerId, name: owners.get(ownerId)?.name ?? ownerId } } };
  };

  return {
    async get(actor, action, sessionId) {
      return getPermitted(actor, action, { found: await find(actor, sessionId), name: `session ${sessionId}` });
    },
    async describe(seen) {
      return describe(seen, await findOwners([seen]));
    },
    async describeAll(seen) {
      const owners = await findOwners(seen);
      return seen.map((each) => describe(each, owners));
    },
  };
}
