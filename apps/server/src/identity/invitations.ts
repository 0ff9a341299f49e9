import { randomBytes } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { Kysely } from 'kysely';

import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import { toRole } from './actor.ts';
import { findEarlier, findKey, findLiveKey } from './api-keys.ts';
import type { AuthContext } from './auth.ts';
import { toAuthDatabase, toStoredTime } from './auth-tables.ts';
import { assertHardToGuess } from './hard-to-guess.ts';
import { INVITATION_PREFIX, readInvitation, toInvitationValue, type StoredInvitation } from './invitation-value.ts';
import type { Client, SignedIn, SignIn } from './sign-in.ts';
import { assertTakesPasswords } from './passwords.ts';
import { removePassword, storePassword } from './store-password.ts';
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
  /**
   * Replaces an earlier invitation of the account. For an account with a password, it lets the person set a new one.
   * @param madeWith id of the API key with which it is made, if any: the invitation ends with it, and expires no later.
   * @param madeBy id of the administrator who makes it: the invitation ends when they are locked or demoted.
   */
  create(user: Pick<User, 'id'>, madeWith?: string | null, madeBy?: string | null): Promise<Invitation>;
  /** For whom a token is; undefined when it is unknown, used or too old, or its key has ended. Does not use it up. */
  find(token: string): Promise<{ user: User; expiresAt: Date } | undefined>;
  /**
   * Sets the password, and the name if given, removes the passkeys and ends all earlier sign-ins of the account, and signs in. Null when the
   * token is unknown, used or too old, or its key has ended. Of several calls at once, one wins.
   * @param choice without a password where the server takes none: an earlier one of the account is removed
   * @throws CspError `permission_denied` for a locked account, and for a password where the server takes none;
   *   `invalid_request` for a missing one. The token stays.
   */
  accept(
    token: string,
    choice: { name?: string | undefined; password?: string | undefined },
    client: Client,
  ): Promise<SignedIn | null>;
  /** Ends the invitation of an account whose person has signed in another way, or has changed how they do. */
  settle(userId: string): Promise<void>;
}

export interface InvitationsDeps {
  database: Kysely<StoreTables>;
  context: () => Promise<AuthContext>;
  clock: Clock;
  takesPasswords: boolean;
  users: Pick<Users, 'find' | 'update'>;
  signIn: Pick<SignIn, 'open'>;
}

/** The database keeps only hashes of the tokens: better-auth hashes identifiers. */
export function createInvitations({
  database,
  context,
  clock,
  takesPasswords,
  users,
  signIn,
}: InvitationsDeps): Invitations {
  /** For whom a stored invitation is; undefined for another kind of value, and when the key that made it has ended. */
  const findInvited = async (value: string): Promise<User | undefined> => {
    const invitation = readInvitation(value);
    if (invitation === undefined) return undefined;
    const { userId, madeWith, madeBy } = invitation;
    if (madeBy !== null) {
      const maker = await users.find(madeBy);
      if (maker?.role !== 'admin' || maker.status !== 'active') return undefined;
    }
    if (madeWith !== null && (await findLiveKey(await context(), madeWith, clock.now())) === undefined)
      return undefined;
    return users.find(userId);
  };

  const find: Invitations['find'] = async (token) => {
    if (!TOKEN_PATTERN.test(token)) return undefined;
    const { internalAdapter } = await context();
    const stored = await internalAdapter.findVerificationValue(toIdentifier(token));
    if (stored === null || stored.expiresAt.getTime() <= clock.now()) return undefined;
    const user = await findInvited(stored.value);
    return user && { user, expiresAt: stored.expiresAt };
  };

  const removeOf = async (userId: string): Promise<void> => {
    const value = `${INVITATION_PREFIX}${userId}`;
    await toAuthDatabase(database)
      .deleteFrom('auth_verification')
      .where((where) => where.or([where('value', '=', value), where('value', 'like', `${value} %`)]))
      .execute();
  };

  return {
    async create({ id }, madeWith = null, madeBy = null) {
      const { internalAdapter, adapter } = await context();
      const token = randomBytes(32).toString('base64url');
      const key = madeWith === null ? undefined : await findKey(adapter, madeWith);
      const expiresAt = findEarlier(new Date(clock.now() + LIFETIME_MS), key?.expiresAt ?? null);
      const value = toInvitationValue({ userId: id, madeWith, madeBy });
      await removeOf(id);
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
      if (password !== undefined) {
        assertTakesPasswords(takesPasswords);
        await assertHardToGuess(password, [user.email, name ?? user.name]);
      } else if (takesPasswords) throw new CspError('invalid_request', 'Choose a password.');
      const { internalAdapter, adapter, password: passwords } = await context();
      const hash = password === undefined ? undefined : await passwords.hash(password);
      const consumed = await internalAdapter.consumeVerificationValue(toIdentifier(token));
      // The key may have been revoked meanwhile.
      if (consumed === null || (await findInvited(consumed.value))?.id !== user.id) return null;
      if (hash === undefined) await removePassword({ adapter }, user.id);
      else await storePassword({ internalAdapter }, user.id, hash);
      const update = { invitedUntil: null };
      await adapter.updateMany({ model: 'user', where: [{ field: 'id', value: user.id }], update });
      // Whoever lost control of the account gets it back whole.
      await adapter.deleteMany({ model: 'passkey', where: [{ field: 'userId', value: user.id }] });
      await internalAdapter.deleteUserSessions(user.id);
      await users.update(user.id, { name });
      return signIn.open({ userId: user.id, apiKeyId: null }, client);
    },

    async settle(userId) {
      await removeOf(userId);
      const { adapter } = await context();
      const where = [{ field: 'id', value: userId }];
      await adapter.updateMany({ model: 'user', where, update: { invitedUntil: null } });
    },
  };
}

/**
 * Removes the invitations whose API key is gone, or whose maker is no active administrator, so that administrators see
 * them as over. `accept` refuses them even before.
 */
export async function endOrphanedInvitations({
  kind,
  database,
  clock,
}: Pick<InvitationsDeps, 'database' | 'clock'> & { kind: 'sqlite' | 'postgres' }): Promise<void> {
  const tables = toAuthDatabase(database);
  const isBacked = async ({ madeWith, madeBy }: StoredInvitation): Promise<boolean> => {
    if (madeWith !== null) {
      const key = tables.selectFrom('auth_api_key').select('id').where('id', '=', madeWith);
      if ((await key.executeTakeFirst()) === undefined) return false;
    }
    if (madeBy === null) return true;
    const maker = tables.selectFrom('auth_user').select(['role', 'banned']).where('id', '=', madeBy);
    const found = await maker.executeTakeFirst();
    return found !== undefined && toRole(found.role) === 'admin' && !found.banned;
  };
  const made = await tables
    .selectFrom('auth_verification')
    .select(['id', 'value'])
    .where('value', 'like', `${INVITATION_PREFIX}% %`)
    .execute();
  for (const { id, value } of made) {
    const invitation = readInvitation(value);
    if (invitation === undefined || (await isBacked(invitation))) continue;
    const { userId } = invitation;
    await tables.deleteFrom('auth_verification').where('id', '=', id).execute();
    await tables
      .updateTable('auth_user')
      .set({ invitedUntil: toStoredTime(kind, new Date(clock.now())) })
      .where('id', '=', userId)
      .where('invitedUntil', 'is not', null)
      .execute();
  }
}

function toIdentifier(token: string): string {
  return `csp-invitation:${token}`;
}
