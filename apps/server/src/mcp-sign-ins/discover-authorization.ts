import { CspError } from '@claude-sdk-pattern/protocol';

import type { Fetch } from '../lib/outgoing-fetch.ts';
import { authorizationServer, isSameIssuer, type AuthorizationServer } from './authorization-server.ts';

/** Where people sign in for an MCP server, and what for. */
export interface DiscoveredAuthorization {
  server: AuthorizationServer;
  /** The resource indicator (RFC 8707) as the MCP server writes it itself. */
  resource: string;
  /** Separated by spaces; undefined where the server names none. */
  scope: string | undefined;
}

/** Of several authorization servers of one MCP server, so many are asked. */
const MAX_SERVERS = 3;

/**
 * Asks the MCP server, then its authorization server: protected resource metadata (RFC 9728), authorization server metadata
 * (RFC 8414) or OpenID Connect Discovery.
 * @param address As `findServerAddress`.
 * @throws CspError `invalid_request` that says what is missing or wrong; `provider_unavailable` where nobody answers
 */
export async function discoverAuthorization(address: string, fetch: Fetch): Promise<DiscoveredAuthorization> {
  const sdk = await import('@modelcontextprotocol/sdk/client/auth.js');
  const { checkResourceAllowed } = await import('@modelcontextprotocol/sdk/shared/auth-utils.js');
  const challenge = await fetchChallenge(address, fetch).catch((error: unknown) =>
    Promise.reject(toUnavailable(address, error)),
  );
  const { resourceMetadataUrl, scope: asked } =
    challenge === undefined ? {} : sdk.extractWWWAuthenticateParams(challenge);
  const metadata = await sdk
    .discoverOAuthProtectedResourceMetadata(address, resourceMetadataUrl ? { resourceMetadataUrl } : {}, fetch)
    .catch((error: unknown) => {
      // Servers of older revisions have none, and are their own authorization server.
      if (resourceMetadataUrl === undefined) return undefined;
      throw toRefusal(`The metadata that ${address} names for its sign-in cannot be used`, error);
    });
  if (
    metadata !== undefined &&
    !checkResourceAllowed({ requestedResource: address, configuredResource: metadata.resource })
  )
    throw toRefusal(`The metadata for the sign-in to ${address} is that of another resource, ${metadata.resource}`);

  const issuers = metadata?.authorization_servers ?? [new URL(address).origin];
  const server = await findServer(issuers.slice(0, MAX_SERVERS), { address, fetch });
  const scopes = asked ?? metadata?.scopes_supported?.join(' ');
  return { server, resource: metadata?.resource ?? address, scope: withOfflineAccess(scopes, server) };
}

/** What the server answers to a first message without a token, if that is a refusal. */
async function fetchChallenge(address: string, fetch: Fetch): Promise<Response | undefined> {
  const clientInfo = { name: 'claude-sdk-pattern', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  // It may be a stream without an end.
  await response.body?.cancel();
  return response.status === 401 ? response : undefined;
}

async function findServer(
  issuers: readonly string[],
  { address, fetch }: { address: string; fetch: Fetch },
): Promise<AuthorizationServer> {
  const { discoverAuthorizationServerMetadata } = await import('@modelcontextprotocol/sdk/client/auth.js');
  let problem: CspError | undefined;
  for (const issuer of issuers) {
    try {
      const found = await discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch });
      if (found === undefined)
        throw toRefusal(`${issuer}, where people sign in for ${address}, does not describe itself`);
      return toUsable(authorizationServer.parse(found), issuer);
    } catch (error) {
      problem ??= error instanceof CspError ? error : toUnavailable(issuer, error);
    }
  }
  throw problem ?? toRefusal(`${address} names no authorization server`);
}

/** @throws CspError `invalid_request` for one that speaks for another, or offers no safe sign-in */
function toUsable(server: AuthorizationServer, issuer: string): AuthorizationServer {
  // RFC 8414, 3.3: otherwise one server could speak for another.
  if (!isSameIssuer(server.issuer, issuer))
    throw toRefusal(`The authorization server ${issuer} describes itself as another one, ${server.issuer}`);
  if (server.code_challenge_methods_supported?.includes('S256') !== true)
    throw toRefusal(
      `The authorization server ${issuer} does not offer PKCE with S256, without which nobody may sign in`,
    );
  return server;
}

/** Without this scope some servers give no refresh token, and people would sign in every hour. */
function withOfflineAccess(scope: string | undefined, { scopes_supported: offered = [] }: AuthorizationServer) {
  if (scope === undefined || !offered.includes('offline_access') || scope.split(' ').includes('offline_access'))
    return scope;
  return `${scope} offline_access`;
}

function toRefusal(message: string, cause?: unknown): CspError {
  return new CspError('invalid_request', message, { cause });
}

function toUnavailable(who: string, error: unknown): CspError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = inner instanceof Error && !(inner instanceof SyntaxError) ? `: ${inner.message.slice(0, 200)}` : '';
  return new CspError('provider_unavailable', `${who} cannot be reached for the sign-in${reason}`, { cause: error });
}
