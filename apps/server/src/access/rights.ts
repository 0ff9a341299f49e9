import { ACTIONS, type Action } from './actions.ts';
import { mayEver, type RoleHolder } from './may.ts';

/** What somebody may do at all; with which resources, the services ask for each. */
export type Rights = ReadonlySet<Action>;

export function toRights(who: RoleHolder): Rights {
  return new Set((Object.keys(ACTIONS) as Action[]).filter((action) => mayEver(who, action)));
}
