import type { Role } from '../identity/actor.ts';
import type { UptimeClock } from '../lib/clock.ts';
import type { Session } from '../store/sessions.ts';
import type { PermissionGateOptions } from './gate.ts';
import type { PolicyBook } from './policy-book.ts';
import { findUnaskedRefusal, findUnaskedToolRefusal } from './unasked-refusal.ts';

/** A role that was changed acts within 2 s. */
const FRESH_MS = 1000;

export interface OwnerRoleDeps {
  /** Whether the host confines agents. */
  confines: boolean;
  policies: Pick<PolicyBook, 'current'>;
  clock: UptimeClock;
  /** The user's current role. */
  findRole(userId: string): Promise<Role>;
  session(): Pick<Session, 'ownerId' | 'permissionMode'>;
}

/** The role of a session's owner, on which decisions about tool calls depend. `user` before the first look-up. */
export interface OwnerRole extends Pick<PermissionGateOptions, 'role' | 'mayRunWithoutApproval' | 'mayNeverAsk'> {
  /** Looks the role up if decisions depend on it and it was not looked up just now; otherwise undefined, at once. */
  refresh(): Promise<void> | undefined;
  lookUp(): Promise<void>;
}

export function createOwnerRole({ confines, policies, clock, findRole, session }: OwnerRoleDeps): OwnerRole {
  let role: Role = 'user';
  /** Uptime of the server; -Infinity before the first look-up. */
  let lookedUpMs = -Infinity;

  const lookUp = async () => {
    role = await findRole(session().ownerId);
    lookedUpMs = clock.uptimeMs();
  };

  return {
    role: () => role,
    mayRunWithoutApproval: () => findUnaskedToolRefusal({ confines, role }) === undefined,
    mayNeverAsk: () => findUnaskedRefusal({ confines, role, granted: policies.current.policy.never_ask }) === undefined,
    refresh() {
      const depends =
        !confines || policies.current.rules.dependsOnRole || session().permissionMode === 'bypassPermissions';
      return depends && clock.uptimeMs() - lookedUpMs >= FRESH_MS ? lookUp() : undefined;
    },
    lookUp,
  };
}
