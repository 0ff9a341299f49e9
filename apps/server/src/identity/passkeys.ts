import { CspError } from '@claude-sdk-pattern/protocol';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Kysely } from 'kysely';

import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import type { Actor } from './actor.ts';
import type { AuthContext } from './auth.ts';
import { toAuthDatabase } from './auth-tables.ts';
import type { Confirmation } from './confirmation.ts';
import { CHALLENGE_LIFETIME_MS, createPasskeyChallenges } from './passkey-challenges.ts';

const MAX_PASSKEYS_PER_USER = 50;
const SIGN_IN = 'sign in';
/** EdDSA, ES256 and RS256. Node's ML-DSA, which the library would prefer, is experimental. */
const ALGORITHMS = [-8, -7, -257];

/** A passkey as its owner sees it. */
export interface Passkey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** The domain that it works for. */
  rpId: string;
}

interface PasskeyRow extends Passkey {
  userId: string;
  credentialId: string;
  /** COSE key, in base64url. */
  publicKey: string;
  /** Signatures so far, as the authenticator counts them; in text, since it may have 32 bits. */
  counter: string;
  /** Comma-separated. */
  transports: string;
}

/**
 * Passkeys (WebAuthn credentials that authenticators find by themselves, and use only for a person whom they have
 * verified). `origin` is where pages of the server are, as `https://host[:port]`; passkeys are bound to its host.
 */
export interface Passkeys {
  /** Longest-standing first. */
  list(userId: string): Promise<Passkey[]>;
  /** True when somebody has a passkey for this origin; without one, for any. */
  any(origin?: string): Promise<boolean>;
  /**
   * What the browser needs to make a passkey.
   * @param currentPassword of an account that has one
   * @throws CspError of `Confirmation.assert`; `state_conflict` when the user has 50 passkeys already.
   */
  beginAdd(
    actor: Actor,
    options: { origin: string; currentPassword?: string | undefined },
  ): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /**
   * @param signIn of the user, which lasts until the passkey is made
   * @throws CspError `invalid_request` for an answer that does not fit, or comes too late; `state_conflict` for a known
   * passkey; `authentication_required` where the sign-in has ended meanwhile.
   */
  add(
    signIn: Pick<Actor, 'userId' | 'credentialId'>,
    answer: { origin: string; name: string; credential: RegistrationResponseJSON },
  ): Promise<Passkey>;
  /** Undefined when the user has no such passkey. */
  rename(userId: string, id: string, name: string): Promise<Passkey | undefined>;
  /**
   * Removes it with the sign-ins that were made with it, here at once, on other servers within seconds. False when the
   * user has no such passkey.
   * @throws CspError `state_conflict` when it is the last way to sign in.
   */
  remove(userId: string, id: string): Promise<boolean>;
  /** What the browser needs to use a passkey. It names none: the authenticator knows which fit. */
  beginSignIn(origin: string): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Whose passkey gave this answer; null for an unknown one, and for an answer that does not fit. */
  verify(credential: AuthenticationResponseJSON, origin: string): Promise<{ passkeyId: string; userId: string } | null>;
}

export interface PasskeysDeps {
  database: Kysely<StoreTables>;
  context: () => Promise<AuthContext>;
  clock: Clock;
  confirmation: Confirmation;
  takesPasswords: boolean;
  onRemoved: () => void;
}

/** Loaded with the first passkey: it takes 160 ms of CPU, as long as the rest of identity. */
const loadLibrary = () => import('@simplewebauthn/server');

/** Over 100 lines: the steps of adding a passkey and of signing in share challenges, rows and the library. */
export function createPasskeys({
  database,
  context,
  clock,
  confirmation,
  takesPasswords,
  onRemoved,
}: PasskeysDeps): Passkeys {
  const challenges = createPasskeyChallenges({ context, clock });

  const listRows = async (userId: string): Promise<PasskeyRow[]> => {
    const { adapter } = await context();
    return adapter.findMany<PasskeyRow>({
      model: 'passkey',
      where: [{ field: 'userId', value: userId }],
      sortBy: { field: 'createdAt', direction: 'asc' },
      limit: MAX_PASSKEYS_PER_USER,
    });
  };

  return {
    list: async (userId) => (await listRows(userId)).map(toPasskey),

    async any(origin) {
      const { adapter } = await context();
      const where = origin === undefined ? [] : [{ field: 'rpId', value: toRpId(origin) }];
      return (await adapter.findMany({ model: 'passkey', where, limit: 1 })).length > 0;
    },

    async beginAdd(actor, { origin, currentPassword }) {
      await confirmation.assert(actor, currentPassword);
      const rows = await listRows(actor.userId);
      if (rows.length >= MAX_PASSKEYS_PER_USER)
        throw new CspError('state_conflict', `You have ${rows.length} passkeys already. Remove one first.`);
      const { generateRegistrationOptions } = await loadLibrary();
      const rpID = toRpId(origin);
      return generateRegistrationOptions({
        rpName: 'claude-sdk-pattern',
        rpID,
        userID: new TextEncoder().encode(actor.userId),
        userName: actor.email,
        userDisplayName: actor.name,
        challenge: await challenges.create(toPurpose(actor.userId)),
        timeout: CHALLENGE_LIFETIME_MS,
        excludeCredentials: rows.filter(({ rpId }) => rpId === rpID).map(toDescriptor),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
    },

    async add({ userId, credentialId }, { origin, name, credential }) {
      const { verifyRegistrationResponse } = await loadLibrary();
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: credential,
        expectedChallenge: (challenge) => challenges.consume(challenge, toPurpose(userId)),
        expectedOrigin: origin,
        expectedRPID: toRpId(origin),
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch((cause: unknown) => {
        throw toMisfit(cause);
      });
      if (!verified) throw toMisfit();
      const { id, publicKey, counter } = registrationInfo.credential;
      const { adapter } = await context();
      const data: Omit<PasskeyRow, 'id'> = {
        ...{ userId, name, rpId: toRpId(origin), credentialId: id },
        publicKey: Buffer.from(publicKey).toString('base64url'),
        counter: String(counter),
        transports: (credential.response.transports ?? []).join(','),
        createdAt: new Date(clock.now()),
        lastUsedAt: null,
      };
      const made = adapter.create<Omit<PasskeyRow, 'id'>, PasskeyRow>({ model: 'passkey', data });
      const row = await made.catch(async (cause: unknown) => {
        const where = [{ field: 'credentialId', value: id }];
        const held = await adapter.findOne<PasskeyRow>({ model: 'passkey', where });
        throw held === null
          ? cause
          : new CspError('state_conflict', 'This passkey was added before. Make another one.', { cause });
      });
      const signedIn = await adapter.findOne({ model: 'session', where: [{ field: 'id', value: credentialId }] });
      if (signedIn !== null) return toPasskey(row);
      // A link for a new password removes the passkeys that it finds, and ends the sign-ins. This one may be younger.
      await adapter.deleteMany({ model: 'passkey', where: [{ field: 'id', value: row.id }] });
      throw new CspError('authentication_required', 'You were signed out meanwhile. Sign in again, then add it.');
    },

    async rename(userId, id, name) {
      const { adapter } = await context();
      const where = [
        { field: 'id', value: id },
        { field: 'userId', value: userId },
      ];
      await adapter.updateMany({ model: 'passkey', where, update: { name } });
      const row = await adapter.findOne<PasskeyRow>({ model: 'passkey', where });
      return row === null ? undefined : toPasskey(row);
    },

    async remove(userId, id) {
      const rows = await listRows(userId);
      if (!rows.some((row) => row.id === id)) return false;
      const { internalAdapter } = await context();
      const others = (await internalAdapter.findAccounts(userId)).filter(
        ({ providerId }) => takesPasswords || providerId !== 'credential',
      );
      if (rows.length === 1 && others.length === 0)
        throw new CspError(
          'state_conflict',
          `This is your only way to sign in. ${takesPasswords ? 'Set a password' : 'Add another passkey'} first.`,
        );
      await toAuthDatabase(database)
        .transaction()
        .execute(async (transaction) => {
          await transaction.deleteFrom('auth_passkey').where('id', '=', id).where('userId', '=', userId).execute();
          await transaction.deleteFrom('auth_session').where('passkeyId', '=', id).execute();
        });
      onRemoved();
      return true;
    },

    async beginSignIn(origin) {
      const { generateAuthenticationOptions } = await loadLibrary();
      return generateAuthenticationOptions({
        rpID: toRpId(origin),
        challenge: await challenges.create(SIGN_IN),
        timeout: CHALLENGE_LIFETIME_MS,
        userVerification: 'required',
      });
    },

    async verify(credential, origin) {
      const { adapter } = await context();
      const where = [{ field: 'credentialId', value: credential.id }];
      const row = await adapter.findOne<PasskeyRow>({ model: 'passkey', where });
      if (row === null || !isHandleOf(row, credential)) return null;
      const { verifyAuthenticationResponse } = await loadLibrary();
      const found = await verifyAuthenticationResponse({
        response: credential,
        expectedChallenge: (challenge) => challenges.consume(challenge, SIGN_IN),
        expectedOrigin: origin,
        expectedRPID: toRpId(origin),
        requireUserVerification: true,
        credential: {
          id: row.credentialId,
          publicKey: new Uint8Array(Buffer.from(row.publicKey, 'base64url')),
          counter: Number(row.counter),
        },
        // It throws whatever does not fit.
      }).catch(() => null);
      if (found?.verified !== true) return null;
      const update = { counter: String(found.authenticationInfo.newCounter), lastUsedAt: new Date(clock.now()) };
      // Of copies of an authenticator that sign at once, one gets in.
      const unused = [
        { field: 'id', value: row.id },
        { field: 'counter', value: row.counter },
      ];
      if ((await adapter.updateMany({ model: 'passkey', where: unused, update })) === 0) return null;
      return { passkeyId: row.id, userId: row.userId };
    },
  };
}

function toRpId(origin: string): string {
  return new URL(origin).hostname;
}

function toPurpose(userId: string): string {
  return `add to ${userId}`;
}

function toDescriptor({ credentialId: id, transports }: PasskeyRow): { id: string; transports: string[] } {
  return { id, transports: transports === '' ? [] : transports.split(',') };
}

/** The authenticator gives back the `userID` that the passkey was made with. */
function isHandleOf({ userId }: PasskeyRow, { response }: AuthenticationResponseJSON): boolean {
  const { userHandle } = response;
  return userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() === userId;
}

function toMisfit(cause?: unknown): CspError {
  return new CspError('invalid_request', 'The passkey was not added: the answer came too late or does not fit.', {
    cause,
  });
}

function toPasskey({ id, name, createdAt, lastUsedAt, rpId }: PasskeyRow): Passkey {
  return { id, name, createdAt, lastUsedAt, rpId };
}
