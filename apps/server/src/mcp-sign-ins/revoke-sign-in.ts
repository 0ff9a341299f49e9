import type { Fetch } from '../lib/outgoing-fetch.ts';
import { authenticateClient } from '../mcp-oauth/authenticate-client.ts';
import type { KeptSignIn } from './kept-sign-ins.ts';
import { toTokenEndpointAuth } from './token-endpoint-auth.ts';

/**
 * Has the authorization server end a sign-in, where it offers that (RFC 7009): of the refresh token, with which it ends the
 * access tokens as well. False where it does not offer it, or did not do it.
 */
export async function revokeSignIn(signIn: KeptSignIn, fetch: Fetch): Promise<boolean> {
  const { server, client, accessToken, refreshToken } = signIn;
  const token = refreshToken ?? accessToken;
  if (server.revocation_endpoint === undefined || token === '') return false;
  const body = new URLSearchParams({
    token,
    token_type_hint: refreshToken === null ? 'access_token' : 'refresh_token',
  });
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' });
  authenticateClient({ clientId: client.client_id, auth: toTokenEndpointAuth(client, server) }, headers, body);
  try {
    const response = await fetch(server.revocation_endpoint, { method: 'POST', headers, body: body.toString() });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
