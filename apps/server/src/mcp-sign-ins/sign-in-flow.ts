import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { Fetch } from '../lib/outgoing-fetch.ts';
import { authenticateClient } from '../mcp-oauth/authenticate-client.ts';
import { toClientMetadataUrl, toIssuerKey, toRedirectUri } from './addresses.ts';
import { isSameIssuer, type AuthorizationServer } from './authorization-server.ts';
import { BEGUN_LASTS_MS, type BegunSignIn, type BegunSignIns } from './begun-sign-ins.ts';
import { discoverAuthorization } from './discover-authorization.ts';
import type { KeptSignIn, SignInScope } from './kept-sign-ins.ts';
import type { McpClients } from './mcp-clients.ts';
import { joinScopes } from './oauth-scope.ts';
import { obtainClient } from './obtain-client.ts';
import { toTokenEndpointAuth } from './token-endpoint-auth.ts';
import { isUsable, toKeptTokens } from './tokens.ts';

export interface SignInFlowDeps {
  begun: BegunSignIns;
  clients: Pick<McpClients, 'find' | 'keepRegistered' | 'forgetRegistered'>;
  /** A `fetch` for what a sign-in to this MCP server needs. */
  fetchFor(address: string): Fetch;
  /** Where everybody reaches the platform; undefined where nobody has said. */
  publicUrl: string | undefined;
  /** Whether a browser may be sent there. */
  mayLeadTo(url: string): boolean;
  now(): number;
}

export interface SignInBeginning {
  scope: SignInScope;
  /** As `findServerAddress`. */
  address: string;
  serverName: string;
  plugin: string | null;
  /** Asked for beside what the server itself asks for, separated by spaces. */
  moreScope: string | null;
  /** Of the platform, for the browser; without a slash at its end. */
  baseUrl: string;
  returnTo: string;
}

/** Where to send the person, whose token it will be, and which MCP server gets it: people see both before they leave. */
export interface BegunAnswer {
  authorizationUrl: string;
  expiresAt: string;
  issuer: string;
  serverUrl: string;
}

/** What an authorization server sends the browser back with. */
export interface SignInAnswer {
  /** The last segment of the address that it came to, as `toIssuerKey`. */
  issuerKey: string;
  state: string;
  code?: string | undefined;
  error?: string | undefined;
  iss?: string | undefined;
}

/** The way to the authorization server and back: the authorization code grant with PKCE, of OAuth 2.1. */
export interface SignInFlow {
  /** Where to send the person. @throws CspError as `discoverAuthorization` and `obtainClient` */
  begin(actor: Actor, beginning: SignInBeginning): Promise<BegunAnswer>;
  /** @throws CspError `invalid_request` for an answer that fits nothing that this person began in this browser, or a refusal */
  finish(actor: Actor, answer: SignInAnswer): Promise<{ begun: BegunSignIn; kept: KeptSignIn }>;
}

export function createSignInFlow(deps: SignInFlowDeps): SignInFlow {
  const { begun, clients, fetchFor, publicUrl, mayLeadTo, now } = deps;

  return {
    async begin(actor, { scope, address, serverName, plugin, moreScope, baseUrl, returnTo }) {
      const fetch = fetchFor(address);
      const { startAuthorization } = await import('@modelcontextprotocol/sdk/client/auth.js');
      const { server, resource, scope: asked } = await discoverAuthorization(address, fetch);
      if (!mayLeadTo(server.authorization_endpoint))
        throw toRefusal(`The page where ${server.issuer} signs people in is not on https`);
      const configured = (await clients.find(server.issuer))?.kind === 'configured';
      if (!configured) assertOwnPage(server);
      const issuerKey = toIssuerKey(server.issuer);
      const redirectUri = toRedirectUri(baseUrl, issuerKey);
      const metadataUrl = toClientMetadataUrl(publicUrl, issuerKey);
      const oauthScope = joinScopes(asked, moreScope);
      const client = await obtainClient(server, {
        ...{ clients, fetch, address, redirectUri, metadataUrl, scope: oauthScope, nowMs: now() },
      });
      const expiresAt = new Date(now() + BEGUN_LASTS_MS).toISOString();
      let authorizationUrl = '';
      await begun.keep(actor.userId, async (state) => {
        const started = await startAuthorization(server.issuer, {
          ...{ metadata: server, clientInformation: client, redirectUrl: redirectUri, state, resource },
          ...(oauthScope !== undefined && { scope: oauthScope }),
        });
        authorizationUrl = started.authorizationUrl.href;
        const credentialId = actor.via === 'cookie' ? actor.credentialId : null;
        return {
          ...{
            scope,
            credentialId,
            address,
            serverName,
            plugin,
            resource,
            oauthScope: oauthScope ?? null,
            server,
            client,
          },
          ...{ codeVerifier: started.codeVerifier, redirectUri, returnTo, expiresAt },
        };
      });
      return { authorizationUrl, expiresAt, issuer: server.issuer, serverUrl: address };
    },

    async finish(actor, { issuerKey, state, code, error, iss }) {
      const found = await begun.take(actor, state);
      if (found === undefined)
        throw toRefusal('This sign-in was not begun here, or too long ago, or has ended already. Begin it again');
      assertIssuer(found, { issuerKey, iss });
      if (error !== undefined) throw toRefusal(describeRefusal(found, error));
      if (code === undefined) throw toRefusal('The answer has neither a code nor an error. Begin the sign-in again');
      const { address, serverName, plugin, resource, server, client, oauthScope } = found;
      const tokens = await exchange(found, code);
      if (!isUsable(tokens)) throw toRefusal(`${server.issuer} gave a token that cannot be sent to an MCP server`);
      const kept: KeptSignIn = {
        ...{ address, serverName, plugin, resource, server, client },
        ...toKeptTokens(tokens, { asked: oauthScope, nowMs: now() }),
        ...{ missingScope: null, signedInBy: actor.userId, problem: null, renewal: null },
      };
      return { begun: found, kept };
    },
  };

  async function exchange({ address, resource, server, client, codeVerifier, redirectUri }: BegunSignIn, code: string) {
    const { exchangeAuthorization } = await import('@modelcontextprotocol/sdk/client/auth.js');
    const { InvalidClientError } = await import('@modelcontextprotocol/sdk/server/auth/errors.js');
    try {
      return await exchangeAuthorization(server.issuer, {
        ...{ metadata: server, clientInformation: client, authorizationCode: code, codeVerifier },
        ...{ redirectUri, resource, fetchFn: fetchFor(address) },
        addClientAuthentication: (headers, params) =>
          authenticateClient(
            { clientId: client.client_id, auth: toTokenEndpointAuth(client, server) },
            headers,
            params,
          ),
      });
    } catch (cause) {
      if (cause instanceof InvalidClientError) await clients.forgetRegistered(server.issuer);
      throw toRefusal(`${server.issuer} did not exchange the code for a token. Begin the sign-in again`, cause);
    }
  }
}

/** Whether a server that does not name itself in its answers sends people to a page of its own. */
function assertOwnPage(server: AuthorizationServer): void {
  const { issuer, authorization_endpoint: page, token_endpoint: tokens } = server;
  if (server.authorization_response_iss_parameter_supported === true) return;
  if ([issuer, tokens].some((url) => URL.parse(url)?.origin === new URL(page).origin)) return;
  throw toRefusal(
    `${issuer} signs people in on a page of another server, and does not name itself in its answers. An operator who knows it sets a client for it`,
  );
}

/** RFC 9700, 4.4, and RFC 9207: an answer of one server must not be taken for that of another, which would then get the code. */
function assertIssuer({ server }: BegunSignIn, { issuerKey, iss }: Pick<SignInAnswer, 'issuerKey' | 'iss'>): void {
  const isNamed = server.authorization_response_iss_parameter_supported === true;
  const isOther = iss === undefined ? isNamed : !isSameIssuer(iss, server.issuer);
  if (isOther || issuerKey !== toIssuerKey(server.issuer))
    throw toRefusal('The answer is not that of the authorization server where the sign-in was begun. Begin it again');
}

function describeRefusal({ server }: BegunSignIn, error: string): string {
  if (error === 'access_denied') return `${server.issuer} says that the access was denied`;
  const isPlain = /^[a-z_]{1,60}$/.test(error);
  return `${server.issuer} did not sign you in${isPlain ? `: ${error}` : ''}`;
}

function toRefusal(message: string, cause?: unknown): CspError {
  return new CspError('invalid_request', message, { cause });
}
