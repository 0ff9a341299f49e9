import type { UserResource } from '@claude-sdk-pattern/protocol';

import { t } from './people-messages.ts';

type Role = UserResource['role'];

/** Weakest first; each may do what the one before may do. */
export const ROLES: readonly Role[] = ['user', 'operator', 'admin'];

/** What a change of role means: what it gives, or what it takes. */
export function describeRoleChange(
  user: Pick<UserResource, 'name' | 'role'>,
  role: Role,
  isYou: boolean,
): { title: string; help: string } {
  const lost = ROLES.slice(ROLES.indexOf(role) + 1, ROLES.indexOf(user.role) + 1).toReversed();
  const texts = lost.flatMap((each) => (each === 'user' ? [] : [t.lost[each]]));
  const change = (isYou ? t.roleChangeHelpYou : t.roleChangeHelp)(t.roles[role]);
  const meaning = texts.length === 0 ? t.roleHelp[role] : isYou ? t.losesYou(texts) : t.loses(user.name, texts);
  return { title: isYou ? t.roleTitleYou : t.roleTitle(user.name), help: `${change} ${meaning}` };
}
