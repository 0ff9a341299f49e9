import type { Role } from '../actor.ts';

/**
 * Why nobody was signed in. The web app has a sentence for each; the address of the sign-in page carries no text of the
 * provider, which anybody could make up.
 */
export const OIDC_REFUSALS = [
  /** The person, or the provider, said no. */
  'access_denied',
  /** The provider says that it cannot answer now, or does not answer. */
  'provider_unavailable',
  /** The provider refuses the request: it is set up in another way. */
  'provider_refused',
  /** The answer of the provider is not signed as it must be, or not for this sign-in. */
  'answer_not_valid',
  /** The sign-in was not begun in this browser, or too long ago, or in another window since. */
  'expired',
  'email_not_verified',
  'unknown_person',
  'not_in_group',
  /** The account belongs to another person of the provider. */
  'account_taken',
  /** The invitation is for another account than that of the person. */
  'other_invitation',
  'locked',
  'too_many_attempts',
  'failed',
] as const;
export type OidcRefusalCode = (typeof OIDC_REFUSALS)[number];

/** What a sign-in at the provider has changed here, for the audit log. */
export interface OidcChanges {
  userId: string;
  created: boolean;
  linked: boolean;
  /** The person has accepted their invitation so. */
  accepted: boolean;
  /** The new role, and the group that gave it; undefined where the role stayed. */
  role: { from: Role; to: Role; group: string | null } | undefined;
  /** Whoever is in no group any more is locked, and unlocked when they are back; undefined where neither happened. */
  status: 'locked' | 'active' | undefined;
  /** The provider would have taken the role of the last active administrator. */
  keptAdministrator: boolean;
}

/** A sign-in that is refused; `message` is for the log. */
export class OidcRefusal extends Error {
  override readonly name = 'OidcRefusal';
  readonly code: OidcRefusalCode;
  /** What it has changed here, for the audit log. */
  readonly changes: OidcChanges | undefined;

  constructor(
    code: OidcRefusalCode,
    message: string,
    options: ErrorOptions & { changes?: OidcChanges | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.changes = options.changes;
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error']);
const DENIED: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
]);

/** The `error` with which a provider sends people back (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6). */
export function toProviderRefusal(error: string): OidcRefusal {
  const code = DENIED.has(error)
    ? 'access_denied'
    : UNAVAILABLE.has(error)
      ? 'provider_unavailable'
      : 'provider_refused';
  return new OidcRefusal(code, `The OpenID provider answered ${JSON.stringify(error.slice(0, 100))}`);
}
