import { may } from '../access/may.ts';
import type { Role } from '../identity/actor.ts';

/**
 * Why nobody may be left unasked about what touches the host, as a sentence; undefined where that may be. An agent that
 * is not confined has the rights of the server's user, so only who may operate the server may let it act by itself.
 */
export function findUnaskedRefusal({ confines, role }: { confines: boolean; role: Role }): string | undefined {
  if (confines || may({ role }, 'session.run_unasked', 'own')) return undefined;
  return 'Agents are not confined on this server and have the rights of its user, so only operators may let them act without asking';
}
