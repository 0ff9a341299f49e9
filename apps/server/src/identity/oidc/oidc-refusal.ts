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
  'locked',
  'too_many_attempts',
  'failed',
] as const;
export type OidcRefusalCode = (typeof OIDC_REFUSALS)[number];

/** A sign-in that is refused; `message` is for the log. */
export class OidcRefusal extends Error {
  override readonly name = 'OidcRefusal';
  readonly code: OidcRefusalCode;

  constructor(code: OidcRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
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
