import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { findVisibleOwner } from '../access/find-visible-owner.ts';
import type { Actor } from '../identity/actor.ts';
import type { Store } from '../store/port.ts';
import type { SessionListOptions } from '../store/session-list.ts';
import type { Session } from '../store/sessions.ts';
import type { SeenSession, SessionAccess } from './session-access.ts';

export interface ListSessionsDeps {
  store: Pick<Store, 'sessions' | 'shares'>;
  access: Pick<SessionAccess, 'describeAll'>;
  /** As its owner sees the session. */
  toOwnResource(session: Session): SessionResource;
}

export interface ListSessionsOptions extends Omit<SessionListOptions, 'ownerId' | 'sharedWith'> {
  /** Those that others share with the actor, instead of the actor's own. */
  shared?: boolean;
}

export interface SessionPage {
  sessions: SessionResource[];
  nextCursor: string | null;
  previousCursor: string | null;
}

/** The sessions of the actor or, with `shared`, those that others share with the actor. */
export async function listSessions(
  { store, access, toOwnResource }: ListSessionsDeps,
  actor: Actor,
  { shared = false, ...options }: ListSessionsOptions,
): Promise<SessionPage> {
  if (!shared) {
    const page = await store.sessions.list({ ...options, ownerId: findVisibleOwner(actor, 'session.read') });
    const counts = await store.shares.count(page.sessions.map(({ id }) => id));
    const describe = (session: Session) => ({ ...toOwnResource(session), share_count: counts.get(session.id) ?? 0 });
    return { ...page, sessions: page.sessions.map(describe) };
  }
  const page = await store.sessions.list({ ...options, ownerId: null, sharedWith: actor.userId });
  const levels = new Map(
    (await store.shares.listWith([actor.userId])).map(({ sessionId, level }) => [sessionId, level]),
  );
  const seen = page.sessions.flatMap((session): SeenSession[] => {
    const level = levels.get(session.id);
    // The share ended between the two reads.
    return level === undefined ? [] : [{ session, ownerId: session.ownerId, level }];
  });
  return { ...page, sessions: await access.describeAll(seen) };
}
