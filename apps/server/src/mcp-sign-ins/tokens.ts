import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';

import { toExpiry } from '../mcp-oauth/refresh-tokens.ts';
import type { KeptSignIn } from './kept-sign-ins.ts';

type KeptTokens = Pick<KeptSignIn, 'accessToken' | 'refreshToken' | 'expiresAt' | 'oauthScope'>;

/** Tokens as they are kept. @param asked the scope of the request, which the server grants where it names no other (RFC 6749, 5.1) */
export function toKeptTokens(
  tokens: OAuthTokens,
  { asked, nowMs }: { asked: string | null; nowMs: number },
): KeptTokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, expires_in: seconds, scope } = tokens;
  return {
    ...{ accessToken, refreshToken, oauthScope: scope ?? asked },
    expiresAt: toExpiry(seconds, nowMs),
  };
}

/** Only Bearer tokens can be sent to MCP servers. */
export function isUsable({ access_token: token, token_type: type }: OAuthTokens): boolean {
  return type.toLowerCase() === 'bearer' && isTokenText(token);
}

/** The characters that a token may have in a header (RFC 6750, 2.1). */
export function isTokenText(token: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(token);
}
