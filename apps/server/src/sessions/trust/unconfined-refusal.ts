import { may } from '../../access/may.ts';
import type { Role } from '../../identity/actor.ts';
import type { ShareLevel } from '../../store/shares.ts';

/**
 * Why somebody may not have run what a workspace brings or its repositories configure, where nothing confines it; undefined where they
 * may. It would run with the rights of the server's user, past the policy and approvals. Pure.
 * @param level At which the session is shared with them; null for its owner.
 */
export function findUnconfinedRefusal({ role }: { role: Role }, level: ShareLevel | null = null): string | undefined {
  if (may({ role }, 'session.run_unconfined', level ?? 'own')) return undefined;
  return 'Agents are not confined on this server, so it would run with the rights of its user. Only administrators may let it';
}
