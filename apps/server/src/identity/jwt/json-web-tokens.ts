import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../../lib/clock.ts';
import { isBanned, toActor, type Actor, type TokenGrant, type UserRow } from '../actor.ts';
import type { AuthContext } from '../auth.ts';
import { toDigest } from '../digest.ts';
import { toStoredEmail } from '../email-address.ts';
import type { IdentityLogger } from '../identity-logger.ts';
import { toProviderId, type OidcLinks } from '../oidc/oidc-links.ts';
import type { UserDirectory } from '../user-directory.ts';
import { findAccount, findScopes } from './jwt-claims.ts';
import type { JwtIssuer } from './jwt-issuer.ts';
import { createJwtKeys, type JwtKeys, type JwtKeysDeps } from './jwt-keys.ts';

/** Signed with a private key that only the issuer has: never `none`, and none with a shared secret. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];
/** How much the clocks of issuer and server may differ where a token begins. Its end is not put off. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Node limits headers to 16 KB anyway. */
const MAX_TOKEN_CHARS = 12_000;
const ID_CHARS = 24;
/** A token cannot be revoked here, so it must end soon. */
const MAX_LIFETIME_MS = 24 * 60 * 60_000;
/** Header, claims and signature in base64url; a header begins with `{"`. */
const TOKEN_PATTERN = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;

/** JSON Web Tokens of services, which stand for accounts here. */
export interface JsonWebTokens {
  /** Whether a credential can be one; never where no issuer is set up. */
  reads(credential: string): boolean;
  /**
   * Who sends this token; null for one that is not good, or is for no active account.
   * @throws CspError `provider_unavailable` while the keys of its issuer cannot be had
   */
  findActor(token: string): Promise<Actor | null>;
  /** Those actors, as they are now, whose tokens have not expired and still lead to their accounts, which are active. */
  findCurrent(actors: readonly Actor[]): Promise<Actor[]>;
}

export interface JsonWebTokensDeps extends JwtKeysDeps {
  issuers: readonly JwtIssuer[];
  context: () => Promise<AuthContext>;
  directory: Pick<UserDirectory, 'findEmailHolder'>;
  links: Pick<OidcLinks, 'fits'>;
  clock: Clock;
  logger: Pick<IdentityLogger, 'debug'>;
}

interface TokenUserRow extends UserRow {
  emailChosen?: boolean | null;
}

/** Loads its library with the first token. */
export function createJsonWebTokens(deps: JsonWebTokensDeps): JsonWebTokens {
  const { issuers, directory, links, clock, logger } = deps;
  const known = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keys: createJwtKeys(issuer, deps) }]));

  async function findUsers(ids: string[]): Promise<Map<string, TokenUserRow>> {
    if (ids.length === 0) return new Map();
    const { adapter } = await deps.context();
    const where = [{ field: 'id', operator: 'in', value: ids } as const];
    const rows = await adapter.findMany<TokenUserRow>({ model: 'user', where, limit: ids.length });
    return new Map(rows.filter((user) => !isBanned(user, clock.now())).map((user) => [user.id, user]));
  }

  async function findUser(email: string): Promise<UserRow | undefined> {
    const holder = await directory.findEmailHolder(email);
    // Otherwise a person could choose the email of a service, and be what it is.
    if (holder === undefined || holder.isChosen) return undefined;
    return (await findUsers([holder.id])).get(holder.id);
  }

  return {
    reads: (credential) => known.size > 0 && credential.length <= MAX_TOKEN_CHARS && TOKEN_PATTERN.test(credential),

    async findActor(token) {
      const { decodeJwt } = await import('jose');
      const refuse = (reason: string): null => {
        logger.debug({ reason }, 'a JSON Web Token was refused');
        return null;
      };
      try {
        const found = known.get(decodeJwt(token).iss ?? '');
        if (found === undefined) return refuse('its issuer is not configured');
        const claims = await verify(token, found, clock.now());
        const account = findAccount(claims, found.issuer);
        const email = account?.email;
        const user = email === undefined ? undefined : await findUser(email);
        if (email === undefined || user === undefined) return refuse('it is for no active account');
        // An email that is given to another person must not take its account along.
        const isNamed = account?.saidBy === 'issuer';
        const link = isNamed ? { providerId: toProviderId(found.issuer.issuer), subject: claims.sub ?? '' } : null;
        if (link !== null && !(await links.fits(user.id, link)))
          return refuse('its account belongs to another person of the issuer');
        return toActor(user, {
          ...{ via: 'jwt', credentialId: `jwt_${toDigest(token).slice(0, ID_CHARS)}` },
          scopes: findScopes(claims, found.issuer),
          token: {
            ...{ expiresAtMs: claims.exp * 1000, email, link },
            subject: `jwt_${toDigest(`${found.issuer.issuer} ${claims.sub ?? user.id}`).slice(0, ID_CHARS)}`,
          },
        });
      } catch (error) {
        if (await isRefusal(error)) return refuse(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },

    async findCurrent(actors) {
      const live = actors.filter(({ token }) => token !== undefined && token.expiresAtMs > clock.now());
      const users = await findUsers([...new Set(live.map(({ userId }) => userId))]);
      // Few tokens of a service are in use at once, and all have the same subject.
      const fits = new Map<string, Promise<boolean>>();
      const leadsTo = async ({ id, email, emailChosen }: TokenUserRow, token: TokenGrant): Promise<boolean> => {
        if (email !== toStoredEmail(token.email) || emailChosen === true) return false;
        if (token.link === null) return true;
        const key = JSON.stringify([id, token.link]);
        const isFitting = fits.get(key) ?? links.fits(id, token.link);
        fits.set(key, isFitting);
        return isFitting;
      };
      const current: Actor[] = [];
      for (const actor of live) {
        const user = users.get(actor.userId);
        if (user === undefined || actor.token === undefined || !(await leadsTo(user, actor.token))) continue;
        current.push(toActor(user, actor));
      }
      return current;
    },
  };
}

/** @throws JOSEError for a token that is not good; CspError of the keys */
async function verify(token: string, { issuer, keys }: { issuer: JwtIssuer; keys: JwtKeys }, nowMs: number) {
  const { errors, jwtVerify } = await import('jose');
  const { payload, protectedHeader } = await jwtVerify(token, keys.get, {
    ...{ issuer: issuer.issuer, audience: issuer.audience, algorithms: ALGORITHMS },
    ...{ clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['exp'], currentDate: new Date(nowMs) },
  });
  const { exp = 0 } = payload;
  if (exp * 1000 <= nowMs) throw new errors.JWTExpired('it has expired', payload, 'exp');
  if (exp * 1000 > nowMs + MAX_LIFETIME_MS)
    throw new errors.JWTClaimValidationFailed('it ends in more than 24 hours', payload, 'exp');
  // Good only with a proof of its holder, which nothing here asks for (RFC 7800, RFC 8705, RFC 9449).
  if (payload['cnf'] !== undefined || protectedHeader.typ?.toLowerCase() === 'dpop+jwt')
    throw new errors.JWTClaimValidationFailed('it is bound to a key of its holder', payload, 'cnf');
  return { ...payload, exp };
}

async function isRefusal(error: unknown): Promise<boolean> {
  const { errors } = await import('jose');
  return !(error instanceof CspError) && error instanceof errors.JOSEError;
}
