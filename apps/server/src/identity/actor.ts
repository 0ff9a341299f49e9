/** Roles of users, weakest first; `access` defines the rights of each. */
export const ROLES = ['user', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What an API key may be used for: to read, to change. */
export const SCOPES = ['read', 'write'] as const;
export type Scope = (typeof SCOPES)[number];

/** The user who makes a request, and the credential they used. Every access check takes an actor. */
export interface Actor {
  userId: string;
  name: string;
  email: string;
  role: Role;
  /** `deployment`: nobody is there; a deployment acts for its owner. */
  via: 'api_key' | 'cookie' | 'jwt' | 'deployment';
  /** Id of the API key, the sign-in or the deployment; `bootstrap` for the bootstrap key; part of a token's digest. Safe to log. */
  credentialId: string;
  /** Those of the API key, or of the key that the sign-in was made with; all of them for other sign-ins. */
  scopes: readonly Scope[];
  /** The API key behind the credential; null for the bootstrap key, and for a sign-in that was made without a key. */
  apiKeyId: string | null;
  /** Who made that key, where that is somebody else than its user. */
  keyMadeBy: string | null;
  /** Only of a JSON Web Token. */
  token?: TokenGrant | undefined;
}

export interface TokenGrant {
  expiresAtMs: number;
  /** Whom the issuer gives such tokens to: all their tokens share one limit. Safe to log. */
  subject: string;
  /** The email that led to the account. */
  email: string;
  /** Who it is at the issuer, where the issuer named the email; null where the configuration did. */
  link: { providerId: string; subject: string } | null;
}

/** The columns of a user that an actor is made of, as better-auth's admin plugin stores them. */
export interface UserRow {
  id: string;
  name: string;
  email: string;
  role?: string | null | undefined;
  banned?: boolean | null | undefined;
  banExpires?: Date | null | undefined;
}

/** The most powerful of the roles in a comma-separated list, which is how the admin plugin stores them. */
export function toRole(stored: string | null | undefined): Role {
  const roles = (stored ?? '').split(',').map((role) => role.trim());
  if (roles.includes('admin')) return 'admin';
  return roles.includes('operator') ? 'operator' : 'user';
}

/** True while the user is locked out. A ban without an end lasts for ever. */
export function isBanned(user: UserRow, nowMs: number): boolean {
  if (user.banned !== true) return false;
  return user.banExpires == null || user.banExpires.getTime() > nowMs;
}

/** The credential of an actor; `scopes`, `apiKeyId` and `keyMadeBy` are those of an actor without an API key unless given. */
type CredentialOf = Pick<Actor, 'via' | 'credentialId'> &
  Partial<Pick<Actor, 'scopes' | 'apiKeyId' | 'keyMadeBy' | 'token'>>;

export function toActor(user: UserRow, credential: CredentialOf): Actor {
  const { via, credentialId, scopes = SCOPES, apiKeyId = null, keyMadeBy = null, token } = credential;
  const { id: userId, name, email } = user;
  const role = toRole(user.role);
  return { ...{ userId, name, email, role, via, credentialId, scopes, apiKeyId, keyMadeBy }, ...(token && { token }) };
}
