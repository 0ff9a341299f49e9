import { OAuthError } from '@modelcontextprotocol/sdk/server/auth/errors.js';

import { authenticateClient, type TokenEndpointAuth } from './authenticate-client.ts';
import { readAnswer, type ReadAnswer } from './bounded-answer.ts';

export interface RefreshRequest {
  tokenEndpoint: string;
  clientId: string;
  auth: TokenEndpointAuth;
  refreshToken: string;
  /** Resource indicator (RFC 8707). */
  resource?: string | undefined;
  scope?: string | undefined;
}

export interface FreshTokens {
  accessToken: string;
  /** The one that was sent, where the endpoint gave no other. */
  refreshToken: string;
  /** ISO 8601; null where the endpoint does not say. */
  expiresAt: string | null;
  scope: string | undefined;
}

/**
 * What came of it. `failed`: the endpoint answered, but not with tokens; `isFinal` where it says that the refresh token is no
 * good any more, so that people must sign in again. `connect_error`: nothing is known, and the token may be spent.
 */
export type RefreshOutcome =
  | { status: 'succeeded'; tokens: FreshTokens }
  | { status: 'failed'; isFinal: boolean; answer: ReadAnswer }
  | { status: 'connect_error'; cause: unknown };

const TIMEOUT_MS = 20_000;
/** Some servers say “never” with a number that no date has. */
const MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;
/** RFC 6749, section 5.2: the refresh token, or the client, is not taken. */
const FINAL_ERRORS: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);

/**
 * Exchanges a refresh token for a new access token. Follows redirections within the origin of the endpoint only. A token that
 * rotates is spent with this: whoever calls it must have the right to it alone, and store what comes back.
 */
export async function refreshTokens(
  request: RefreshRequest,
  { now, send = fetch }: { now(): number; send?: typeof fetch },
): Promise<RefreshOutcome> {
  // Loaded with the first use, as the rest of the MCP SDK is.
  const { refreshAuthorization } = await import('@modelcontextprotocol/sdk/client/auth.js');
  let answer: ReadAnswer | undefined;
  try {
    const askedAtMs = now();
    const tokens = await refreshAuthorization(request.tokenEndpoint, {
      // Only the endpoint is read of it (1.32.2).
      metadata: {
        issuer: request.tokenEndpoint,
        authorization_endpoint: request.tokenEndpoint,
        token_endpoint: request.tokenEndpoint,
        response_types_supported: ['code'],
      },
      clientInformation: { client_id: request.clientId },
      refreshToken: request.refreshToken,
      ...(request.resource !== undefined && { resource: request.resource }),
      addClientAuthentication(headers, params) {
        // The SDK sends no scope (1.32.2).
        if (request.scope !== undefined) params.set('scope', request.scope);
        authenticateClient(request, headers, params);
      },
      async fetchFn(url, init) {
        const response = await send(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
        const isRedirection = response.status >= 300 && response.status < 400;
        if (isRedirection) return response;
        answer = await readAnswer(response);
        const { status, headers } = response;
        return new Response(answer.body, { status, headers: { 'content-type': headers.get('content-type') ?? '' } });
      },
    });
    return { status: 'succeeded', tokens: toFresh(tokens, request, askedAtMs) };
  } catch (cause) {
    if (answer === undefined) return { status: 'connect_error', cause };
    return { status: 'failed', isFinal: cause instanceof OAuthError && FINAL_ERRORS.has(cause.errorCode), answer };
  }
}

function toFresh(
  tokens: {
    access_token: string;
    refresh_token?: string | undefined;
    expires_in?: number | undefined;
    scope?: string | undefined;
  },
  { refreshToken }: RefreshRequest,
  askedAtMs: number,
): FreshTokens {
  const { access_token: accessToken, expires_in: seconds, scope } = tokens;
  return {
    accessToken,
    refreshToken: tokens.refresh_token ?? refreshToken,
    expiresAt: toExpiry(seconds, askedAtMs),
    scope,
  };
}

/** ISO 8601; null where the endpoint does not say. */
export function toExpiry(seconds: number | undefined, askedAtMs: number): string | null {
  if (seconds === undefined) return null;
  return new Date(askedAtMs + Math.min(Math.max(seconds, 0), MAX_LIFETIME_SECONDS) * 1000).toISOString();
}
