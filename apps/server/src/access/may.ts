import { ROLES, type Role, type Scope } from '../identity/actor.ts';
import { SHARE_LEVELS } from '../store/shares.ts';
import { getRule, type Action } from './actions.ts';
import type { Relation } from './relation.ts';

/** An actor, or a role that is asked about without a credential; undefined without a signed-in actor. */
export type RoleHolder = { role: Role; scopes?: readonly Scope[] } | undefined;

/** Whether the table allows the action for this role, credential and relation. */
export function may(who: RoleHolder, action: Action, relation: Relation): boolean {
  const rule = getRule(action);
  if (rule.any !== 'public' && !hasScope(who, action)) return false;
  return isAtLeast(who, rule.any) || toGranting(relation).some((each) => isAtLeast(who, rule[each]));
}

/** Whether the role allows the action on any resource at all. If not, no resource has to be looked up. */
export function mayEver(who: RoleHolder, action: Action): boolean {
  return may(who, action, 'own') || may(who, action, 'published') || may(who, action, 'manage');
}

/** The columns of the table that grant something to the relation: each level of sharing includes the weaker ones. */
function toGranting(relation: Relation): readonly Exclude<Relation, 'none'>[] {
  switch (relation) {
    case 'none':
      return [];
    case 'own':
    case 'published':
      return [relation];
    default:
      return SHARE_LEVELS.slice(0, SHARE_LEVELS.indexOf(relation) + 1);
  }
}

/** Whether the credential may be used for such an action, whatever the role of its user. */
export function hasScope(who: RoleHolder, action: Action): boolean {
  return who?.scopes === undefined || who.scopes.includes(getRule(action).scope);
}

function isAtLeast(who: RoleHolder, least: Role | 'public' | undefined): boolean {
  if (least === undefined) return false;
  if (least === 'public') return true;
  return who !== undefined && ROLES.indexOf(who.role) >= ROLES.indexOf(least);
}
