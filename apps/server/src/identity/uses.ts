import type { Clock } from '../lib/clock.ts';
import type { ApiKeys } from './api-keys.ts';
import type { AuthContext } from './auth.ts';
import type { Passkeys } from './passkeys.ts';

/** Which ways to sign in are in use. */
export interface Uses {
  /** False where the server takes none. */
  hasPasswords(): Promise<boolean>;
  /** True while nobody can sign in but with the bootstrap key: no API key, passkey, password, link to a provider or live sign-in. */
  isUnused(): Promise<boolean>;
}

export function createUses(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
  takesPasswords: boolean;
  apiKeys: Pick<ApiKeys, 'any'>;
  passkeys: Pick<Passkeys, 'any'>;
}): Uses {
  const { clock, apiKeys, passkeys, takesPasswords } = deps;

  return {
    async hasPasswords() {
      if (!takesPasswords) return false;
      const { adapter } = await deps.context();
      const where = [{ field: 'providerId', value: 'credential' }];
      return (await adapter.findMany({ model: 'account', where, limit: 1 })).length > 0;
    },

    async isUnused() {
      if ((await apiKeys.any()) || (await passkeys.any())) return false;
      const { adapter } = await deps.context();
      // Passwords, and people of a provider.
      const where = takesPasswords ? [] : [{ field: 'providerId', operator: 'ne', value: 'credential' } as const];
      if ((await adapter.findMany({ model: 'account', where, limit: 1 })).length > 0) return false;
      const live = { field: 'expiresAt', operator: 'gt', value: new Date(clock.now()) } as const;
      return (await adapter.count({ model: 'session', where: [live] })) === 0;
    },
  };
}
