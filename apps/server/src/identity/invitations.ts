import { randomBytes } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { Kysely } from 'kysely';

import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import type { AuthContext } from './auth.ts';
import { toAuthDatabase } from './auth-tables.ts';
import type { Client, SignedIn, SignIn } from './sign-in.ts';
import type { User, Users } from './users.ts';

const LIFETIME_MS = 7 * 24 * 60 * 60_000;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** Put the token behind the `#` of a URL, which browsers never send. */
export interface Invitation {
  token: string;
  expiresAt: Date;
}

/** One-time tokens with which people set the name and the password of an account that was made for them. */
export interface Invitations {
  /** Replaces an earlier invitation of the account. For an account with a password, it lets the person set a new one. */
  create(user: Pick<User, 'id'>): Promise<Invitation>;
  /** For whom a token is; undefined when it is unknown, used or too old. Does not use it up. */
  find(token: string): Promise<{ user: User; expiresAt: Date } | undefined>;
  /**
   * Sets the password, and the name if given, ends all earlier sign-ins of the account, and signs in. Null when the
   * token is unknown, used or too old. Of several calls at once, one wins.
   * @throws CspError `permission_denied` for a locked account, whose token stays.
   */
  accept(
    token: string,
    choice: { name?: string | undefined; password: string },
    client: Client,
  ): Promise<SignedIn | null>;
}

export interface InvitationsDeps {
  database: Kysely<StoreTables>;
  context: () => Promise<AuthContext>;
  clock: Clock;
  users: Pick<Users, 'find' | 'update'>;
  signIn: Pick<SignIn, 'open'>;
}

/** The database keeps only hashes of the tokens: better-auth hashes identifiers. */
export function createInvitations({ database, context, clock, users, signIn }: InvitationsDeps): Invitations {
  const find: Invitations['find'] = async (token) => {
    if (!TOKEN_PATTERN.test(token)) return undefined;
    const { internalAdapter } = await context();
    const stored = await internalAdapter.findVerificationValue(toIdentifier(token));
    if (stored === null || stored.expiresAt.getTime() <= clock.now()) return undefined;
    const user = await users.find(toUserId(stored.value));
    return user && { user, expiresAt: stored.expiresAt };
  };

  return {
    async create({ id }) {
      const { internalAdapter, adapter } = await context();
      const token = randomBytes(32).toString('base64url');
      const expiresAt = new Date(clock.now() + LIFETIME_MS);
      const value = toValue(id);
      await toAuthDatabase(database).deleteFrom('auth_verification').where('value', '=', value).execute();
      await internalAdapter.createVerificationValue({ identifier: toIdentifier(token), value, expiresAt });
      if ((await internalAdapter.findCredentialAccount(id)) === null) {
        const update = { invitedUntil: expiresAt };
        await adapter.updateMany({ model: 'user', where: [{ field: 'id', value: id }], update });
      }
      return { token, expiresAt };
    },

    find,

    async accept(token, { name, password }, client) {
      const found = await find(token);
      if (found === undefined) return null;
      const { user } = found;
      if (user.status === 'locked')
        throw new CspError('permission_denied', 'This account is locked. Ask an administrator to unlock it.');
      const { internalAdapter, adapter, password: passwords } = await context();
      const hash = await passwords.hash(password);
      const consumed = await internalAdapter.consumeVerificationValue(toIdentifier(token));
      if (consumed === null || toUserId(consumed.value) !== user.id) return null;
      const account = { accountId: user.id, providerId: 'credential', userId: user.id };
      if ((await internalAdapter.findCredentialAccount(user.id)) === null)
        await internalAdapter.linkAccount({ ...account, password: hash });
      else await internalAdapter.updatePassword(user.id, hash);
      const update = { invitedUntil: null };
      await adapter.updateMany({ model: 'user', where: [{ field: 'id', value: user.id }], update });
      await internalAdapter.deleteUserSessions(user.id);
      await users.update(user.id, { name });
      return signIn.open({ userId: user.id, apiKeyId: null }, client);
    },
  };
}

const PREFIX = 'invitation ';

function toValue(userId: string): string {
  return `${PREFIX}${userId}`;
}

/** Empty for a value of another kind. */
function toUserId(value: string): string {
  return value.startsWith(PREFIX) ? value.slice(PREFIX.length) : '';
}

function toIdentifier(token: string): string {
  return `csp-invitation:${token}`;
}
