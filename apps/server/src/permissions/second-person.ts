import { may } from '../access/may.ts';
import type { Role } from '../identity/actor.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import { mayAllow, toAnswerer } from './assert-may-answer.ts';

export interface SecondPersonDeps {
  store: Pick<Store, 'shares'>;
  /** Current roles of these users, without those who are locked or gone. */
  findActiveRoles(userIds: readonly string[]): Promise<Map<string, Role>>;
}

/** Whether somebody with whom the session is shared may allow a call that these users may not allow. */
export async function hasSecondPerson(
  { store, findActiveRoles }: SecondPersonDeps,
  { id: sessionId, ownerId }: Pick<Session, 'id' | 'ownerId'>,
  fourEyes: readonly string[],
): Promise<boolean> {
  const shares = (await store.shares.list(sessionId)).filter(({ userId }) => !fourEyes.includes(userId));
  const roles = await findActiveRoles(shares.map(({ userId }) => userId));
  return shares.some(({ userId, level }) => {
    const role = roles.get(userId);
    if (role === undefined || !may({ role }, 'session.send', level)) return false;
    return mayAllow(toAnswerer({ role, userId, keyMadeBy: null }, level), { fourEyes }, ownerId);
  });
}
