import { hkdfSync } from 'node:crypto';

import { createId } from '@claude-sdk-pattern/protocol';
import { betterAuth } from 'better-auth';
import { admin } from 'better-auth/plugins/admin';
import { adminAc, defaultAc, userAc } from 'better-auth/plugins/admin/access';
import type { Kysely } from 'kysely';

import { toBasePath } from '../lib/base-path.ts';
import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import { accessPlugin } from './access-plugin.ts';
import type { IdentityLogger } from './identity-logger.ts';
import { oidcStatePlugin } from './oidc/oidc-state.ts';
import { createPasswordHashing, type PasswordHashing } from './password-hashing.ts';

const DAY_SECONDS = 24 * 60 * 60;
const SESSION_SECONDS = 30 * DAY_SECONDS;

/** The header with the client's address for better-auth. A client's own header of this name is never passed on. */
export const CLIENT_ADDRESS_HEADER = 'x-csp-client-address';

export interface AuthOptions {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
  secret: string;
  baseUrl: string;
  logger: IdentityLogger;
  clock: Clock;
  hashing?: PasswordHashing | undefined;
  /** Called after a user or a sign-in has changed, before the change is answered. */
  onChange: (userId?: string) => Promise<void>;
}

export type Auth = ReturnType<typeof createAuth>;
export type AuthContext = Awaited<Auth['$context']>;

/** better-auth with our tables (`auth_…`), roles, cookie and ids. Opens nothing; the schema is made by `migrateAuth`. */
export function createAuth(options: AuthOptions) {
  const { kind, database, baseUrl, logger, clock, onChange } = options;
  const isHttps = baseUrl.startsWith('https:');
  const cookiePath = toBasePath(baseUrl);
  return betterAuth({
    appName: 'claude-sdk-pattern',
    baseURL: new URL(baseUrl).origin,
    basePath: '/api/auth',
    secret: deriveSecret(options.secret),
    database: { db: database, type: kind, transaction: false },
    user: {
      modelName: 'auth_user',
      additionalFields: {
        /** Until when the person may accept the invitation; null for whom none waits. */
        invitedUntil: { type: 'date', required: false, input: false, returned: false },
        /** True where the person chose the email, which nobody has verified. It does not lead others to the account. */
        emailChosen: { type: 'boolean', required: false, input: false, returned: false },
      },
    },
    session: { modelName: 'auth_session', expiresIn: SESSION_SECONDS, updateAge: DAY_SECONDS },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification', storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 12,
      password: options.hashing ?? createPasswordHashing(),
    },
    plugins: [
      admin({
        defaultRole: 'user',
        adminRoles: ['admin'],
        roles: { admin: adminAc, operator: defaultAc.newRole({ user: [], session: [] }), user: userAc },
        bannedUserMessage: 'This account is locked. Ask an administrator to unlock it.',
      }),
      accessPlugin,
      oidcStatePlugin,
    ],
    databaseHooks: {
      user: { update: { after: (user) => onChange(user.id) }, delete: { after: (user) => onChange(user.id) } },
      session: { update: { after: () => onChange() }, delete: { after: () => onChange() } },
    },
    advanced: {
      cookiePrefix: toCookiePrefix(isHttps, cookiePath),
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', secure: isHttps, path: cookiePath || '/' },
      cookies: { session_token: { attributes: { sameSite: 'strict' } } },
      // The gateway checks Origin against Host first; better-auth knows only one base URL.
      disableCSRFCheck: true,
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      database: {
        generateId: ({ model }) => (model === 'user' ? createId('user', clock.now()) : createCompactId()),
        // `migrateAuth` has just made the schema; reading it back would only cost time.
        validateSchema: false,
      },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      // Further arguments can hold emails and tokens; only an error's text is kept.
      log: (level, message, ...details) => {
        const error = details.find((detail) => detail instanceof Error);
        logger[level]({ part: 'better-auth', ...(error === undefined ? {} : { reason: error.message }) }, message);
      },
    },
  });
}

/**
 * Over https no other host of the domain can set the cookies (`__Host-`). Browsers take that only with `Path=/`, so below a
 * path they are `__Secure-` and go nowhere else. The path is in the name: a server above it has other cookies.
 */
function toCookiePrefix(isHttps: boolean, path: string): string {
  if (path === '') return isHttps ? '__Host-csp' : 'csp';
  return `${isHttps ? '__Secure-' : ''}csp${path.replaceAll('/', '-')}`;
}

/** A key derived from the server's secrets key, so that one use of that key cannot replace the other. */
function deriveSecret(secretsKey: string): string {
  return Buffer.from(hkdfSync('sha256', secretsKey, '', 'claude-sdk-pattern identity v1', 32)).toString('base64url');
}

function createCompactId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
