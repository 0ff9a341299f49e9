import type { IncomingHttpHeaders } from 'node:http';

import { CspError, type Person, type SignInWays } from '@claude-sdk-pattern/protocol';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Kysely } from 'kysely';

import { toBasePath } from '../lib/base-path.ts';
import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import { ensureAdministrator } from './administrator.ts';
import { createApiKeys, type ApiKeys } from './api-keys.ts';
import { createAuth } from './auth.ts';
import { createCookieSignIns } from './cookie-sign-ins.ts';
import { readCredential } from './credential.ts';
import { findCurrentActors } from './current-actors.ts';
import { isSameDigest, toDigest } from './digest.ts';
import type { IdentityLogger } from './identity-logger.ts';
import { endOutrankingKeys } from './key-makers.ts';
import { migrateAuth } from './migrate-auth.ts';
import { createActorCache } from './actor-cache.ts';
import { toActor, type Actor, type Role, type UserRow } from './actor.ts';
import { assertActive } from './active-user.ts';
import { createAccountEnds, type AccountEnd } from './account-ends.ts';
import { endOrphanedSignIns } from './auth-tables.ts';
import { createConfirmation } from './confirmation.ts';
import { createInvitations, endOrphanedInvitations, type Invitations } from './invitations.ts';
import { createJsonWebTokens } from './jwt/json-web-tokens.ts';
import type { JwtIssuer } from './jwt/jwt-issuer.ts';
import { createOwnAccount, type OwnAccount } from './own-account.ts';
import { createOidcLinks } from './oidc/oidc-links.ts';
import type { OidcSettings } from './oidc/oidc-settings.ts';
import { createOidcSignIn, type OidcSignIn } from './oidc/oidc-sign-in.ts';
import { createPasskeys, type Passkeys } from './passkeys.ts';
import type { PasswordHashing } from './password-hashing.ts';
import { createSignIns, type SignIns } from './sign-ins.ts';
import { consumeLinkToken, createLinkToken } from './sign-in-link.ts';
import { createSignIn, type SignedIn, type SignInRequest } from './sign-in.ts';
import { assertTakesPasswords } from './passwords.ts';
import { createUses } from './uses.ts';
import { createUserDirectory, type UserDirectory } from './user-directory.ts';
import { createUsers, type Users } from './users.ts';

/** The id of the bootstrap key, which has no row. */
const BOOTSTRAP_ID = 'bootstrap';

export interface IdentityDeps {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
  /** The server's secrets key. Another key ends every sign-in by cookie. */
  secret: string;
  /** URL at which browsers reach the server. With https, cookies are `Secure`. */
  baseUrl: string;
  /** An administrator's key that needs no row; kept as a digest only. */
  bootstrapApiKey?: string | undefined;
  /** False where people sign in only in other ways; true by default. Stored passwords stay, and open nothing. */
  takesPasswords?: boolean | undefined;
  /** How passwords are hashed; as better-auth does it by default. */
  hashing?: PasswordHashing | undefined;
  /** The provider for single sign-on; undefined without one. */
  oidc?: OidcSettings | undefined;
  /** Whose JSON Web Tokens are taken; none by default. */
  jwtIssuers?: readonly JwtIssuer[] | undefined;
  logger: IdentityLogger;
  clock: Clock;
  /** Milliseconds that never jump. */
  monotonicMs?: () => number;
}

/** Users, their credentials and roles. `start()` first. Over 300 lines: the interface and how its parts are connected. */
export interface Identity {
  /** Brings the `auth_…` tables up to date and makes sure of one administrator. */
  start(): Promise<void>;
  /**
   * Who sends these headers; null without a credential or with a bad one. Mostly answered without the database.
   * @throws CspError `storage_unavailable`
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Actor | null>;
  /** What has become of the account behind a cookie that was good here, and is so no more for that reason. */
  findAccountEnd(headers: IncomingHttpHeaders): Promise<AccountEnd | undefined>;
  /** The current state of these actors in the database, by credential id. Ended credentials are left out. */
  findCurrent(actors: readonly Actor[]): Promise<Map<string, Actor>>;
  /**
   * Calls back when this server has changed users or credentials. To see changes of other servers, call `findCurrent`
   * from time to time.
   */
  onChanged(listener: () => void): () => void;
  /** True when nobody can sign in: no bootstrap key, API key, password, passkey or live sign-in. */
  needsSignInLink(): Promise<boolean>;
  /** True while the bootstrap key is the only way to sign in: there is no API key, password, passkey or live sign-in. */
  needsBootstrapHint(): Promise<boolean>;
  /**
   * Which ways to sign in can work for somebody, besides API keys and one-time links.
   * @param passkeyOrigin where passkeys work; undefined where they cannot
   */
  findSignInWays(passkeyOrigin: string | undefined): Promise<SignInWays>;
  /** A token that signs the administrator in once, within 30 minutes. */
  createSignInLink(): Promise<{ token: string; expiresAt: Date }>;
  /** Null when the token is unknown, used or too old. Of several calls at once, one wins. */
  redeemSignInLink(token: string, request: SignInRequest): Promise<SignedIn | null>;
  signInWithApiKey(key: string, request: SignInRequest): Promise<SignedIn | null>;
  /**
   * Null for an unknown user or a wrong password, alike.
   * @throws CspError `permission_denied` for a locked user, and where the server takes no passwords.
   */
  signInWithPassword(email: string, password: string, request: SignInRequest): Promise<SignedIn | null>;
  /** Null for an unknown passkey, and for an answer that does not fit. @throws CspError as `signInWithPassword`. */
  signInWithPasskey(
    answer: { credential: AuthenticationResponseJSON; origin: string },
    request: SignInRequest,
  ): Promise<SignedIn | null>;
  /** Ends the sign-in of this cookie, here at once. Returns the `Set-Cookie` values that clear it. */
  signOut(headers: IncomingHttpHeaders): Promise<string[]>;
  /** Extends a sign-in that is a day old or more; returns the `Set-Cookie` values to send, mostly none. */
  refreshSession(headers: IncomingHttpHeaders): Promise<string[]>;
  /** False where people sign in only in other ways than by password. */
  readonly takesPasswords: boolean;
  apiKeys: ApiKeys;
  users: Users;
  account: OwnAccount;
  passkeys: Passkeys;
  invitations: Invitations;
  signIns: SignIns;
  /** Single sign-on; undefined where none is set up. */
  oidc: OidcSignIn | undefined;
  /** The names of users by their id; an unknown one is left out. */
  findUserNames(userIds: readonly string[]): Promise<Map<string, string>>;
  /** Users by their id; an unknown one is left out. */
  findUsers(userIds: readonly string[]): Promise<Map<string, Person>>;
  /** The user with exactly this email address, in any case; not one who is locked. */
  findUserByEmail(email: string): Promise<Person | undefined>;
  /** As `UserDirectory.search`. */
  searchUsers: UserDirectory['search'];
  /** As `assertActive` of `active-user.ts`, in a transaction of the store. */
  assertActive(transaction: Kysely<StoreTables>, userId: string): Promise<void>;
  /** Current role of a user; `user` when the user does not exist. */
  findRole(userId: string): Promise<Role>;
  /** Current roles of these users; an unknown one, and one who is locked, is left out. */
  findActiveRoles(userIds: readonly string[]): Promise<Map<string, Role>>;
}

/**
 * Wires better-auth, API keys, the bootstrap key and sign-in links into one `Identity`. Touches nothing before `start()`.
 *
 * Over 100 lines: all methods share the cache of actors and the administrator of the bootstrap key.
 */
export function createIdentity(deps: IdentityDeps): Identity {
  const { kind, database, logger, clock, takesPasswords = true, monotonicMs = () => performance.now() } = deps;
  const bootstrapDigest = deps.bootstrapApiKey ? toDigest(deps.bootstrapApiKey) : undefined;
  const cache = createActorCache(monotonicMs);
  const listeners = new Set<() => void>();
  let administrator: UserRow | undefined;
  let cookieName = '';

  const auth = createAuth({ ...deps, kind, database, onChange: noteChange });
  const context = () => auth.$context;
  const cookies = createCookieSignIns({ auth, clock });
  const endOrphans = async (): Promise<void> => {
    await endOrphanedSignIns(database);
    await endOrphanedInvitations({ kind, database, clock });
  };
  const apiKeys = createApiKeys({ ...{ context, clock, endOrphans }, onRevoked: tellChange });
  const signIn = createSignIn({ auth, clock });
  const accounts = createUsers({
    ...{ kind, database, context, clock, takesPasswords },
    async onChange(userId) {
      await endOutrankingKeys(database);
      await endOrphans();
      await noteChange(userId);
    },
  });
  const invitations = createInvitations({
    ...{ database, context, clock, signIn, takesPasswords },
    users: accounts,
  });
  const signIns = createSignIns({ ...{ context, clock }, onEnded: tellChange });
  const confirmation = createConfirmation({ context, clock, takesPasswords });
  const account = createOwnAccount({ context, confirmation, invitations, takesPasswords });
  const passkeys = createPasskeys({
    ...{ database, context, clock, confirmation, takesPasswords },
    onRemoved: tellChange,
  });
  const ends = createAccountEnds(accounts);
  const users = createUserDirectory({ kind, database, context, clock });
  const uses = createUses({ context, clock, apiKeys, passkeys, takesPasswords });

  const links = createOidcLinks({ kind, database, clock });
  const oidc =
    deps.oidc &&
    createOidcSignIn({
      ...{ settings: deps.oidc, auth, context, clock, signIn, invitations },
      ...{ users: accounts, directory: users, links },
    });

  const tokens = createJsonWebTokens({
    ...{ issuers: deps.jwtIssuers ?? [], context, directory: users, links, clock, monotonicMs, logger },
  });

  function tellChange(): void {
    cache.clear();
    for (const listener of listeners) listener();
  }

  /** The bootstrap key is answered from memory, so what changes its user must get there. */
  async function noteChange(userId?: string): Promise<void> {
    cache.clear();
    if (userId !== undefined && userId === administrator?.id)
      administrator = await ensureAdministrator(await context());
    tellChange();
  }

  /** Its user may have been locked or demoted by another node. */
  async function findBootstrapActor(): Promise<Actor> {
    administrator = await ensureAdministrator(await context());
    return toBootstrapActor();
  }

  const toBootstrapActor = (): Actor =>
    toActor({ ...getAdministrator(), role: 'admin' }, { via: 'api_key', credentialId: BOOTSTRAP_ID });

  function getAdministrator(): UserRow {
    if (administrator === undefined)
      throw new Error('identity.start() has not completed: await it before serving requests.');
    return administrator;
  }

  /** A failed look-up is an error, not "nobody": a client must not take it for a sign-out. */
  async function lookUp(via: Actor['via'], digest: string, load: () => Promise<Actor | null>): Promise<Actor | null> {
    try {
      return await cache.resolve(`${via} ${digest}`, load);
    } catch (cause) {
      if (cause instanceof CspError) throw cause;
      throw new CspError('storage_unavailable', 'The credential could not be looked up. Try again soon.', { cause });
    }
  }

  async function findByKey(key: string): Promise<Actor | null> {
    const digest = toDigest(key);
    if (bootstrapDigest !== undefined && isSameDigest(digest, bootstrapDigest)) {
      return toBootstrapActor();
    }
    return lookUp('api_key', digest, () => apiKeys.findActor(key));
  }

  function findByCookie(value: string): Promise<Actor | null> {
    const digest = toDigest(value);
    return lookUp('cookie', digest, async () => {
      const actor = await cookies.findActor(value);
      if (actor !== null) ends.noteGood(digest, actor.userId);
      return actor;
    });
  }

  return {
    ...{ takesPasswords, apiKeys, users: accounts, account, passkeys, invitations, signIns, oidc },

    async start() {
      cookieName = await cookies.findName();
      await migrateAuth(auth, { kind, database }, async () => {
        administrator = await ensureAdministrator(await context());
      });
      logger.debug({ administrator: getAdministrator().id }, 'identity is ready');
    },

    async authenticate(headers) {
      const credential = readCredential(headers, cookieName);
      if (credential === undefined) return null;
      if (credential.kind === 'cookie') return findByCookie(credential.value);
      const { key } = credential;
      return tokens.reads(key) ? lookUp('jwt', toDigest(key), () => tokens.findActor(key)) : findByKey(key);
    },

    async findAccountEnd(headers) {
      const credential = readCredential(headers, cookieName);
      return credential?.kind === 'cookie' ? ends.find(toDigest(credential.value)) : undefined;
    },

    async findCurrent(actors) {
      const current = await findCurrentActors(await context(), actors, clock);
      if (actors.some(({ credentialId }) => credentialId === BOOTSTRAP_ID))
        current.set(BOOTSTRAP_ID, await findBootstrapActor());
      for (const actor of await tokens.findCurrent(actors)) current.set(actor.credentialId, actor);
      // Ended elsewhere: from memory it would still be let in for a moment.
      if (actors.some(({ credentialId }) => !current.has(credentialId))) cache.clear();
      return current;
    },

    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    needsSignInLink: async () => bootstrapDigest === undefined && uses.isUnused(),
    needsBootstrapHint: async () => bootstrapDigest !== undefined && uses.isUnused(),

    findSignInWays: async (passkeyOrigin) => ({
      password_sign_in: takesPasswords,
      password: await uses.hasPasswords(),
      single_sign_on:
        oidc === undefined ? null : { name: oidc.name, url: `${toBasePath(deps.baseUrl)}/api/v1/sign-in/oidc` },
      passkey: passkeyOrigin !== undefined && (await passkeys.any(passkeyOrigin)),
      passkey_origin: passkeyOrigin ?? null,
    }),

    createSignInLink: async () => createLinkToken(await context(), getAdministrator().id, clock),

    async redeemSignInLink(token, request) {
      const userId = await consumeLinkToken(await context(), token, clock);
      return userId === undefined ? null : signIn.open({ userId, apiKeyId: null }, request);
    },

    async signInWithApiKey(key, request) {
      const actor = await findByKey(key);
      // Nothing but a key opens a sign-in: it would outlive a token, and start the time of another sign-in anew.
      return actor?.via === 'api_key' ? signIn.open(actor, request) : null;
    },

    async signInWithPassword(email, password, request) {
      assertTakesPasswords(takesPasswords);
      return signIn.withPassword(email, password, request);
    },

    async signInWithPasskey({ credential, origin }, request) {
      const found = await passkeys.verify(credential, origin);
      if (found === null) return null;
      const { userId, passkeyId } = found;
      const signedIn = await signIn.open({ userId, apiKeyId: null, passkeyId }, request);
      if ((await passkeys.list(userId)).some(({ id }) => id === passkeyId)) return signedIn;
      // It was removed meanwhile.
      const { adapter } = await context();
      await adapter.deleteMany({ model: 'session', where: [{ field: 'passkeyId', value: passkeyId }] });
      return null;
    },

    async signOut(headers) {
      const cleared = await cookies.end(headers);
      tellChange();
      return cleared;
    },

    refreshSession: cookies.refresh,

    findUserNames: users.findNames,
    findUsers: users.find,
    findUserByEmail: users.findByEmail,
    searchUsers: users.search,
    assertActive: (transaction, userId) => assertActive(transaction, { kind, userId }),

    async findRole(userId) {
      // The bootstrap administrator has the role of the bootstrap key, not that of the row.
      if (bootstrapDigest !== undefined && userId === administrator?.id) return 'admin';
      return users.findRole(userId);
    },

    async findActiveRoles(userIds) {
      const roles = await users.findActiveRoles(userIds);
      if (bootstrapDigest !== undefined && administrator !== undefined && userIds.includes(administrator.id))
        roles.set(administrator.id, 'admin');
      return roles;
    },
  };
}
