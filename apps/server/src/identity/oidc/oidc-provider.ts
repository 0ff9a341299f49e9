import type { OAuthProvider } from 'better-auth/oauth2';

import { within } from '../../lib/within.ts';
import type { AuthContext } from '../auth.ts';
import { discover, fetchJson, toDiscoveryUrl, type ProviderMetadata } from './discovery.ts';
import { findTexts, type Claims } from './oidc-claims.ts';
import { toProviderId } from './oidc-links.ts';
import { OidcRefusal } from './oidc-refusal.ts';
import type { OidcSettings } from './oidc-settings.ts';

const TIMEOUT_MS = 10_000;

/** An OpenID provider, as its discovery document describes it. */
export interface OidcProvider {
  /** As `toProviderId`. */
  id: string;
  toAuthorizationUrl(request: {
    state: string;
    codeVerifier: string;
    nonce: string;
    redirectUri: string;
  }): Promise<string>;
  /**
   * Exchanges the code for an ID token, and verifies it: signature, issuer, audience, times and nonce.
   * @throws OidcRefusal
   */
  exchange(answer: CodeAnswer): Promise<{ subject: string; claims: Claims }>;
}

interface CodeAnswer {
  code: string;
  /** The issuer that the answer names, if it names one (RFC 9207). */
  iss: string | undefined;
  codeVerifier: string;
  nonce: string;
  redirectUri: string;
}

/**
 * Returns a function that opens the provider when it is first needed: neither its code nor the provider itself delays the
 * start of the server. A provider that cannot be reached is asked again with the next call.
 */
export function createOidcProvider(
  settings: OidcSettings,
  context: () => Promise<AuthContext>,
): () => Promise<OidcProvider> {
  let opened: Promise<OidcProvider> | undefined;
  return async () => {
    opened ??= openProvider(settings, await context());
    const opening = opened;
    try {
      return await opening;
    } catch (error) {
      if (opened === opening) opened = undefined;
      throw error;
    }
  };
}

async function openProvider(settings: OidcSettings, context: AuthContext): Promise<OidcProvider> {
  const unavailable = (cause: unknown) =>
    new OidcRefusal('provider_unavailable', cause instanceof Error ? cause.message : String(cause), { cause });
  const metadata = await discover(settings.issuer).catch((error: unknown) => Promise.reject(unavailable(error)));
  const id = toProviderId(settings.issuer);
  const provider = await within(loadProvider({ id, settings, metadata, context }), TIMEOUT_MS, () =>
    unavailable(`${settings.issuer} did not describe itself in time`),
  );
  if (provider?.idToken === undefined || provider.issuer !== settings.issuer)
    throw unavailable(`${settings.issuer} offers no sign-in with verified ID tokens`);
  return {
    id,
    async toAuthorizationUrl({ state, codeVerifier, nonce, redirectUri }) {
      const url = await provider.createAuthorizationURL({
        ...{ state, codeVerifier, idTokenNonce: nonce, redirectURI: redirectUri },
      });
      return url.href;
    },
    exchange: (answer) =>
      within(exchange(provider, answer), TIMEOUT_MS, () => unavailable(`${settings.issuer} did not answer in time`)),
  };
}

/** By better-auth's plugin, which brings PKCE, the nonce and the verification of the ID token. */
async function loadProvider(options: {
  id: string;
  settings: OidcSettings;
  metadata: ProviderMetadata;
  context: AuthContext;
}): Promise<OAuthProvider | undefined> {
  const { id, settings, metadata, context } = options;
  const { clientId, clientSecret, scopes } = settings;
  const { genericOAuth } = await import('better-auth/plugins/generic-oauth');
  const plugin = genericOAuth({
    config: [
      {
        ...{ providerId: id, clientId, clientSecret, scopes: [...scopes], pkce: true },
        discoveryUrl: toDiscoveryUrl(settings.issuer),
        requireIdTokenVerification: true,
        tokenEndpointAuth: { method: toClientAuthentication(clientSecret, metadata) },
        getUserInfo: ({ idToken, accessToken }) => loadClaims({ idToken, accessToken, settings, metadata }),
      },
    ],
  });
  // The plugin takes the context of any instance; ours has narrower types.
  const anyContext = context as unknown as Parameters<typeof plugin.init>[0];
  const { socialProviders } = (await plugin.init(anyContext)).context;
  return socialProviders.find((provider) => provider.id === id);
}

/** The default of a provider that names no methods is `client_secret_basic` (OpenID Connect Discovery 1.0, section 3). */
function toClientAuthentication(
  clientSecret: string | undefined,
  { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] }: ProviderMetadata,
): 'none' | 'client_secret_basic' | 'client_secret_post' {
  if (clientSecret === undefined) return 'none';
  return methods.includes('client_secret_basic') ? 'client_secret_basic' : 'client_secret_post';
}

/** The claims of a verified ID token, and of the userinfo where the token has no verified email or no groups. */
async function loadClaims(options: {
  idToken: string | undefined;
  accessToken: string | undefined;
  settings: OidcSettings;
  metadata: ProviderMetadata;
}): Promise<{ emailVerified: boolean; [claim: string]: unknown } | null> {
  const { idToken, accessToken, settings, metadata } = options;
  if (idToken === undefined) return null;
  const { decodeJwt } = await import('jose');
  const claims: Claims = decodeJwt(idToken);
  const { emailVerifiedClaim, groupsClaim, roles } = settings;
  const hasEmail = 'email' in claims && emailVerifiedClaim in claims;
  const hasGroups = roles === undefined || findTexts(claims, groupsClaim).length > 0;
  const { userinfo_endpoint: url } = metadata;
  if ((hasEmail && hasGroups) || url === undefined || accessToken === undefined)
    return { ...claims, emailVerified: false };
  const info = (await fetchJson(url, { headers: { authorization: `Bearer ${accessToken}` } })) as Claims;
  // OpenID Connect Core 1.0, 5.3.2: otherwise the answer may be about somebody else.
  if (info['sub'] !== claims['sub']) return null;
  // Both from one place: the userinfo may verify another email than the token names.
  const email = hasEmail ? {} : { email: info['email'], [emailVerifiedClaim]: info[emailVerifiedClaim] };
  return { ...info, ...claims, ...email, emailVerified: false };
}

async function exchange(
  provider: OAuthProvider,
  { code, iss, codeVerifier, nonce, redirectUri }: CodeAnswer,
): Promise<{ subject: string; claims: Claims }> {
  const refuse = (message: string, cause?: unknown) => new OidcRefusal('answer_not_valid', message, { cause });
  if (iss !== undefined && iss !== provider.issuer) throw refuse('The answer is that of another issuer');
  const tokens = await provider
    .validateAuthorizationCode({ code, codeVerifier, redirectURI: redirectUri })
    .catch((error: unknown) => Promise.reject(refuse('The code was not exchanged for tokens', error)));
  if (tokens?.idToken === undefined) throw refuse('The provider sent no ID token');
  const found = await provider.getUserInfo({ ...tokens, expectedIdTokenNonce: nonce }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OidcRefusal('provider_unavailable', `The provider says nothing of the person: ${reason}`, { cause });
  });
  if (found === null) throw refuse('The ID token or the userinfo did not stand the verification');
  const subject = String(await provider.accountSubject({ tokens, profile: found.data }));
  if (subject === '') throw refuse('The ID token names nobody');
  return { subject, claims: found.data as Claims };
}
