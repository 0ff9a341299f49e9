import { may } from '../access/may.ts';
import type { Role } from '../identity/actor.ts';

/**
 * Why a session may not have the mode that never asks, as a sentence; undefined where it may. It needs agents that are
 * confined, and a role of its owner that an administrator gave: the table of access names one, `granted` says whether the
 * policy names another.
 */
export function findUnaskedRefusal({
  confines,
  role,
  granted,
}: {
  confines: boolean;
  role: Role;
  granted: readonly Role[];
}): string | undefined {
  if (!confines)
    return 'Agents are not confined on this server and have the rights of its user, so no session may act without asking. An administrator can allow what they need in the policy';
  if (may({ role }, 'session.run_unasked', 'own') || granted.includes(role)) return undefined;
  return 'Your role may not let agents act without asking. An administrator can grant it in the policy';
}

/**
 * Why tools that touch the host need approval though the agent's definition says that they need none; undefined where they
 * do not. An agent that is not confined has the rights of the server's user, so only operators may let it run such calls.
 */
export function findUnaskedToolRefusal({ confines, role }: { confines: boolean; role: Role }): string | undefined {
  if (confines || may({ role }, 'session.run_unasked', 'own')) return undefined;
  return 'Agents are not confined on this server and have the rights of its user, so only operators may let them act without asking';
}
