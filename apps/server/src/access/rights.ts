import { ACTIONS, type Action } from './actions.ts';
import { mayEver, type RoleHolder } from './may.ts';

/** The actions that an actor may do at all. The services check each resource separately. */
export type Rights = ReadonlySet<Action>;

export function toRights(who: RoleHolder): Rights {
  return new Set((Object.keys(ACTIONS) as Action[]).filter((action) => mayEver(who, action)));
}
