import { may } from '../access/may.ts';
import type { Role } from '../identity/actor.ts';

/**
 * Why tool calls that touch the host need approval whatever the session's mode is, as a sentence; undefined where they
 * need none. An agent that is not confined has the rights of the server's user, so only operators may let it run such
 * calls without approval.
 */
export function findUnaskedRefusal({ confines, role }: { confines: boolean; role: Role }): string | undefined {
  if (confines || may({ role }, 'session.run_unasked', 'own')) return undefined;
  return 'Agents are not confined on this server and have the rights of its user, so only operators may let them act without asking';
}
