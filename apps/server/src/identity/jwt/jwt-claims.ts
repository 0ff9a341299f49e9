import type { Scope } from '../actor.ts';
import type { JwtIssuer } from './jwt-issuer.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The account that a token is for, and whether the issuer or the configuration says so; undefined where it is for nobody. */
export function findAccount(
  claims: Claims,
  issuer: Pick<JwtIssuer, 'user_claim' | 'users' | 'by_email'>,
): { email: string | undefined; saidBy: 'configuration' | 'issuer' } | undefined {
  const value = claims[issuer.user_claim];
  if (typeof value === 'string' && Object.hasOwn(issuer.users, value))
    return { email: issuer.users[value], saidBy: 'configuration' };
  const { email, email_verified: isVerified } = claims;
  return issuer.by_email && isVerified === true && typeof email === 'string' ? { email, saidBy: 'issuer' } : undefined;
}

/** What a token may be used for. */
export function findScopes(
  claims: Claims,
  issuer: Pick<JwtIssuer, 'scope_claim' | 'read_scope' | 'write_scope' | 'grants'>,
): readonly Scope[] {
  if (issuer.grants !== undefined) return issuer.grants === 'write' ? ['read', 'write'] : ['read'];
  const value = claims[issuer.scope_claim];
  const scopes: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  if (scopes.includes(issuer.write_scope)) return ['read', 'write'];
  return scopes.includes(issuer.read_scope) ? ['read'] : [];
}
