import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

import { startMcpFixture, type McpFixture } from '../../src/agent-process/mcp/fixtures/mcp-harness.ts';

/** A real authorization server in the test's process, where people sign in without a question. */
export interface TestAuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  readonly provider: Provider;
  /** Of the tokens from now on, in seconds. */
  tokenSeconds: number;
  /** Requests to the token endpoint, by their `grant_type`. */
  readonly grants: string[];
  /** Tokens that clients have withdrawn. */
  readonly revocations: string[];
  /** Answers a request itself; true when it has. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** Starts one that registers clients by itself, gives opaque tokens for one resource, and takes each refresh token once. */
export async function startAuthorizationServer(): Promise<TestAuthorizationServer> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'key', alg: 'ES256', use: 'sig' };
  const http = createServer();
  http.listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const state = {
    ...{ tokenSeconds: 3600, grants: [] as string[], revocations: [] as string[] },
    intercept: undefined as TestAuthorizationServer['intercept'],
  };
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key of the cookies'] },
    scopes: ['openid', 'offline_access', 'tools:read', 'tools:write'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          ...{ scope: 'tools:read tools:write', audience: resource, accessTokenFormat: 'opaque' },
          accessTokenTTL: state.tokenSeconds,
        }),
        useGrantedResource: () => true,
      },
    },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    async loadExistingGrant({ oidc }) {
      const { client, session, params } = oidc;
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      const { scope = '', resource = '' } = params as Record<string, string>;
      grant.addOIDCScope(scope);
      grant.addResourceScope(resource, scope);
      await grant.save();
      return grant;
    },
  });
  provider.on('grant.success', ({ oidc }) => state.grants.push(String(oidc.params?.['grant_type'])));
  const answer = provider.callback();
  http.on('request', (request, response) => {
    if (state.intercept?.(request, response) === true) return;
    if (request.url === '/token/revocation') state.revocations.push(request.url);
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    const login = { accountId: 'ada', remember: false };
    void provider.interactionFinished(request, response, { login, consent: {} });
  });
  return Object.assign(state, {
    ...{ issuer, provider },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  });
}

export interface ProtectedMcp extends McpFixture {
  /** Tokens that its requests came with, each once. */
  readonly tokens: Set<string>;
  /** Calls are refused with 403 without this scope; undefined to take any. */
  neededScope: string | undefined;
  /** What its metadata says instead. */
  metadata: Record<string, unknown>;
}

/** A real MCP server that takes only tokens that the authorization server gave for it. */
export async function startProtectedMcp({ issuer, provider }: TestAuthorizationServer): Promise<ProtectedMcp> {
  const state = {
    ...{ tokens: new Set<string>(), neededScope: undefined as string | undefined },
    metadata: {} as Record<string, unknown>,
  };
  const metadataPath = '/.well-known/oauth-protected-resource/mcp';
  const intercept = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { url } = mcp;
    const { origin } = new URL(url);
    if (request.url === metadataPath) {
      const metadata = { resource: url, authorization_servers: [issuer], scopes_supported: ['tools:read'] };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...metadata, ...mcp.metadata }));
      return true;
    }
    const [, text = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const token = text === '' ? undefined : await provider.AccessToken.find(text);
    const challenge = `Bearer resource_metadata="${origin}${metadataPath}"`;
    if (token?.aud !== url) {
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    }
    mcp.tokens.add(text);
    const { neededScope } = mcp;
    if (neededScope === undefined || token.scopes.has(neededScope)) return false;
    const more = `error="insufficient_scope", scope="${neededScope}"`;
    response.writeHead(403, { 'www-authenticate': `${challenge}, ${more}` }).end();
    return true;
  };
  const fixture = await startMcpFixture({ intercept });
  const mcp: ProtectedMcp = Object.assign(fixture, state);
  return mcp;
}
