import { CspError } from '@claude-sdk-pattern/protocol';

import type { Fetch } from '../lib/outgoing-fetch.ts';
import type { AuthorizationServer, OAuthClient } from './authorization-server.ts';
import type { KeptClient, McpClients } from './mcp-clients.ts';
import { joinScopes, splitScope } from './oauth-scope.ts';

/** What the platform says of itself as a client; the document of it and its registration say the same (RFC 7591). */
export interface ClientMetadata {
  client_name: string;
  redirect_uris: string[];
  grant_types: string[];
  response_types: string[];
  token_endpoint_auth_method: string;
}

export function toClientMetadata(redirectUri: string, authMethod: string): ClientMetadata {
  return {
    client_name: 'claude-sdk-pattern',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: authMethod,
  };
}

export interface ObtainClientOptions {
  clients: Pick<McpClients, 'find' | 'keepRegistered'>;
  fetch: Fetch;
  /** Of the MCP server, as `findServerAddress`. */
  address: string;
  redirectUri: string;
  /** Public https URL of the platform's client id metadata document for this issuer; undefined where it has none. */
  metadataUrl: string | undefined;
  scope: string | undefined;
  nowMs: number;
}

/**
 * As which client people sign in, in the order of the specification: one that an operator has registered, the metadata
 * document where the server takes it, or one that the platform registers there by itself and keeps.
 * @throws CspError `invalid_request` where only an operator can go on
 */
export async function obtainClient(server: AuthorizationServer, options: ObtainClientOptions): Promise<OAuthClient> {
  const { clients, redirectUri, metadataUrl } = options;
  const { issuer } = server;
  const kept = await clients.find(issuer);
  if (kept?.kind === 'configured') {
    if (kept.serverOrigins.includes(new URL(options.address).origin)) return kept.client;
    throw new CspError(
      'invalid_request',
      `The client that an operator has set for ${issuer} does not serve ${new URL(options.address).origin}: an operator adds it to the client's server_origins`,
    );
  }
  // Any server takes the document: only an answer that names its issuer tells whose it is.
  const isNamed = server.authorization_response_iss_parameter_supported === true;
  if (server.client_id_metadata_document_supported === true && isNamed && metadataUrl !== undefined)
    return { client_id: metadataUrl, token_endpoint_auth_method: 'none' };
  if (kept !== undefined && isFor(kept, options)) return kept.client;
  if (server.registration_endpoint === undefined)
    throw new CspError(
      'invalid_request',
      `${issuer} knows only clients that somebody has registered there. An operator registers this platform with the redirect URI ${redirectUri}, and sets the client on the page of plugins`,
      { details: { issuer, redirect_uri: redirectUri } },
    );
  const oauthScope = joinScopes(kept?.oauthScope, options.scope) ?? null;
  const client = await register(server, { ...options, scope: oauthScope ?? undefined });
  await clients.keepRegistered(issuer, { client, redirectUri, oauthScope });
  return client;
}

/** Whether it was registered for this address and all that is asked for now, and is good still. */
function isFor(kept: KeptClient, { redirectUri, scope, nowMs }: ObtainClientOptions): boolean {
  const registered = new Set(splitScope(kept.oauthScope));
  const hasScope = kept.oauthScope === null || splitScope(scope).every((each) => registered.has(each));
  return kept.redirectUri === redirectUri && hasScope && !isExpired(kept.client, nowMs);
}

async function register(
  server: AuthorizationServer,
  { fetch, redirectUri, scope }: ObtainClientOptions,
): Promise<OAuthClient> {
  const { registerClient } = await import('@modelcontextprotocol/sdk/client/auth.js');
  const clientMetadata = toClientMetadata(redirectUri, chooseAuthMethod(server));
  try {
    const { client_id, client_secret, client_secret_expires_at, token_endpoint_auth_method } = await registerClient(
      server.issuer,
      { metadata: server, clientMetadata, fetchFn: fetch, ...(scope !== undefined && { scope }) },
    );
    return {
      client_id,
      ...(client_secret !== undefined && { client_secret }),
      ...(client_secret_expires_at !== undefined && { client_secret_expires_at }),
      ...(token_endpoint_auth_method !== undefined && { token_endpoint_auth_method }),
    };
  } catch (cause) {
    throw new CspError('invalid_request', `${server.issuer} did not register this platform as a client`, { cause });
  }
}

/** In the body a secret needs no encoding of its own, which servers disagree on for the header. */
function chooseAuthMethod({ token_endpoint_auth_methods_supported: methods }: AuthorizationServer): string {
  const known = ['client_secret_post', 'client_secret_basic', 'none'];
  // The default of RFC 8414.
  return known.find((method) => methods?.includes(method)) ?? 'client_secret_basic';
}

function isExpired({ client_secret_expires_at: at = 0 }: OAuthClient, nowMs: number): boolean {
  return at > 0 && at * 1000 <= nowMs;
}
