import { ROLES, type Role } from '../identity/actor.ts';
import { getRule, type Action } from './actions.ts';
import type { Relation } from './relation.ts';

/** The role of the actor; undefined without a signed-in actor. */
export type RoleHolder = { role: Role } | undefined;

/** Whether the table allows the action for this role and relation. */
export function may(who: RoleHolder, action: Action, relation: Relation): boolean {
  const rule = getRule(action);
  return isAtLeast(who, rule.any) || (relation !== 'none' && isAtLeast(who, rule[relation]));
}

/** Whether the role allows the action on any resource at all. If not, no resource has to be looked up. */
export function mayEver(who: RoleHolder, action: Action): boolean {
  return may(who, action, 'own') || may(who, action, 'published');
}

function isAtLeast(who: RoleHolder, least: Role | 'public' | undefined): boolean {
  if (least === undefined) return false;
  if (least === 'public') return true;
  return who !== undefined && ROLES.indexOf(who.role) >= ROLES.indexOf(least);
}
