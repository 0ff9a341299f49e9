import type { Role } from '../actor.ts';

/** How people sign in at an OpenID provider. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret?: string | undefined;
  scopes: readonly string[];
  /** Of the provider, for people. */
  name: string;
  /** `known`: who has an account; `groups`: members of a group in `roles`; `everyone` whom the provider knows. */
  admission: 'known' | 'groups' | 'everyone';
  /** Dots lead into objects. */
  groupsClaim: string;
  /** By group; undefined where the provider changes no role. */
  roles?: Readonly<Record<string, Role>> | undefined;
  emailVerifiedClaim: string;
  /** For how long a sign-in lasts, however much it is used. */
  lastsMs: number;
}
