import type { Scope } from '../actor.ts';

/** Who may issue JSON Web Tokens for services, and what they mean here; as in the configuration. */
export interface JwtIssuer {
  issuer: string;
  /** A token has to name one of them. */
  audience: string | string[];
  /** Where the keys are; undefined to read it from the issuer's discovery document. */
  jwks_url?: string | undefined;
  /** The claim whose value `users` lists. */
  user_claim: string;
  /** The email of the account by the value of that claim. */
  users: Readonly<Record<string, string>>;
  /** Whether the token's own email, if verified, leads to the account. */
  by_email: boolean;
  /** The claim with the scopes: a text with spaces, or a list of texts. */
  scope_claim: string;
  read_scope: string;
  /** Includes reading. */
  write_scope: string;
  /** What every token of this issuer may, whatever its scopes say. */
  grants?: Scope | undefined;
}
