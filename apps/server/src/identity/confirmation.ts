import { CspError, type AccountConfirmation } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Actor } from './actor.ts';
import type { AuthContext } from './auth.ts';
import { findPasswordHash } from './store-password.ts';

/** For how long after signing in a person without a password may change how they sign in. */
const FRESH_MS = 24 * 60 * 60_000;

/** What stands between a stolen sign-in and an account: before the ways to sign in change, the person confirms. */
export interface Confirmation {
  /** How this person would confirm now. */
  find(actor: Actor): Promise<AccountConfirmation>;
  /**
   * @param password the current one; of no account without a password
   * @returns the hash of the password that was confirmed; null where none was asked for. It may be replaced meanwhile
   * @throws CspError `invalid_request` for a missing or wrong password, `permission_denied` where another sign-in is
   *   needed or a provider has the account.
   */
  assert(actor: Actor, password: string | undefined): Promise<string | null>;
}

function isPassword({ providerId }: { providerId: string }): boolean {
  return providerId === 'credential';
}

interface SignInRow {
  createdAt: Date;
}

export function createConfirmation(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
  takesPasswords: boolean;
}): Confirmation {
  const find: Confirmation['find'] = async (actor) => {
    const { adapter, internalAdapter } = await deps.context();
    const accounts = await internalAdapter.findAccounts(actor.userId);
    const [passwords, links] = [accounts.filter(isPassword), accounts.filter((each) => !isPassword(each))];
    if (deps.takesPasswords && passwords.length > 0) return 'password';
    if (links.length > 0) return 'provider';
    // A key that ends must not become a way to sign in that does not.
    if (actor.via !== 'cookie' || actor.apiKeyId !== null) return 'new_sign_in';
    const where = [{ field: 'id', value: actor.credentialId }];
    const signIn = await adapter.findOne<SignInRow>({ model: 'session', where });
    const isFresh = signIn !== null && signIn.createdAt.getTime() > deps.clock.now() - FRESH_MS;
    return isFresh ? 'nothing' : 'new_sign_in';
  };

  return {
    find,

    async assert(actor, password) {
      const needed = await find(actor);
      if (needed === 'nothing') return null;
      if (needed === 'provider')
        throw new CspError('permission_denied', 'You sign in with a provider. Change how you sign in there.');
      if (needed === 'new_sign_in')
        throw new CspError(
          'permission_denied',
          'This sign-in is older than a day, or was made with an API key. Sign in again, without a key, to change this.',
        );
      if (password === undefined) throw new CspError('invalid_request', 'Confirm it with your current password.');
      const context = await deps.context();
      const hash = await findPasswordHash(context, actor.userId);
      if (hash === null || !(await context.password.verify({ hash, password })))
        throw new CspError('invalid_request', 'The current password is wrong.');
      return hash;
    },
  };
}
