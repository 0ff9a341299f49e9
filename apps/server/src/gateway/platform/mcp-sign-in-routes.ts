import {
  CspError,
  type McpClientResource,
  type McpSignInBeginning,
  type McpSignInResource,
} from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { KeptClient } from '../../mcp-sign-ins/mcp-clients.ts';
import {
  CLIENT_METADATA_PATH,
  ISSUER_KEY,
  toClientMetadataUrl,
  toIssuerKey,
  toRedirectUri,
} from '../../mcp-sign-ins/addresses.ts';
import type { McpSignIns, SignInInfo } from '../../mcp-sign-ins/mcp-sign-ins.ts';
import { SIGN_IN_SCOPES } from '../../mcp-sign-ins/kept-sign-ins.ts';
import { toClientMetadata } from '../../mcp-sign-ins/obtain-client.ts';
import { toLocalPath } from '../accounts/local-path.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { answer, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface McpSignInRoutesOptions {
  mcpSignIns: McpSignIns;
  /** Where people reach the server; without it, they come back to the address of their request. */
  publicUrl: string | undefined;
}

const tags = [TAGS.mcpSignIns];
const scope = z.enum(SIGN_IN_SCOPES);
const scopeQuery = z.strictObject({
  scope: scope.default('user').describe('Whose: your own, or the platform’s, for operators.'),
});
const text = z.string().min(1).max(4096);
const issuer = z.url().max(2000);
const issuerKey = z.string().regex(ISSUER_KEY);

const signIn = answer<McpSignInResource>(
  z
    .object({
      type: z.literal('mcp_sign_in'),
      id: z.string(),
      scope,
      server_url: z.url(),
      server_name: z.string(),
      plugin: z.string().nullable().describe('For whose server it was made; null for a URL.'),
      issuer: z.string().describe('The authorization server.'),
      status: z.enum(['signed_in', 'needs_sign_in']),
      problem: z.string().nullable().describe('Why somebody has to sign in again; null while it serves.'),
      expires_at: z.iso
        .datetime()
        .nullable()
        .describe('Of the token; null where the authorization server does not say.'),
      renews: z.boolean().describe('Whether the token is renewed by itself.'),
      oauth_scope: z.string().nullable().describe('What was granted, separated by spaces.'),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime().describe('When somebody last signed in, or the token was last renewed.'),
    })
    .meta({ id: 'McpSignIn', description: 'A sign-in to an MCP server, without its tokens.' }),
);
const beginning = answer<McpSignInBeginning>(
  z
    .object({
      type: z.literal('mcp_sign_in_beginning'),
      authorization_url: z.url().describe('Open it in a browser where you are signed in here, too.'),
      expires_at: z.iso.datetime().describe('Until then the sign-in can be ended.'),
      issuer: z.string().describe('Whose token it will be: show it, and the server, before you open the address.'),
      server_url: z.url().describe('The MCP server that will get the token.'),
    })
    .meta({ id: 'McpSignInBeginning' }),
);
const beginBody = z
  .strictObject({
    server_url: z.string().max(2000).optional().describe('URL of an MCP server over HTTP; or `plugin` and `server`.'),
    plugin: z.string().max(64).optional().describe('Name of an active plugin.'),
    server: z.string().max(256).optional().describe('Name of a server of that plugin.'),
    scope: scope.default('user').describe('For yourself; or for the platform, which operators may.'),
    return_to: z.string().max(2000).optional().describe('A path of the web app, where the browser goes afterwards.'),
  })
  .meta({ id: 'BeginMcpSignInParams', examples: [{ server_url: 'https://mcp.example.com/mcp' }] });
const finishBody = z
  .strictObject({
    issuer_key: issuerKey.describe('The last segment of the redirect URI.'),
    state: text,
    code: text.optional(),
    error: text.optional(),
    iss: text.optional(),
  })
  .meta({ id: 'FinishMcpSignInParams', description: 'What the authorization server has added to the redirect URI.' });
const client = answer<McpClientResource>(
  z
    .object({
      type: z.literal('mcp_client'),
      issuer: z.string(),
      client_id: z.string(),
      has_secret: z.boolean(),
      server_origins: z.array(z.string()).describe('The MCP servers that a configured one serves.'),
      redirect_uri: z.url().describe('What is registered there: it is for this issuer alone.'),
      kind: z.enum(['configured', 'registered']).describe('Set by an operator, or registered by the platform itself.'),
    })
    .meta({ id: 'McpClient', description: 'The platform as a client of an authorization server.' }),
);
const clientBody = z
  .strictObject({
    issuer: issuer.describe('The authorization server, as its metadata names it.'),
    client_id: text,
    client_secret: text.optional().describe('It cannot be read back. None for a public client.'),
    server_origins: z
      .array(z.url({ protocol: /^https?$/ }).max(2000))
      .min(1)
      .max(100)
      .describe('The MCP servers that it serves: no others get a token by it.'),
  })
  .meta({
    id: 'PutMcpClientParams',
    examples: [{ issuer: 'https://auth.example.com', client_id: 'csp', server_origins: ['https://mcp.example.com'] }],
  });

/** Sign-ins to MCP servers, and the clients that the platform is at their authorization servers. */
export const mcpSignInRoutes: FastifyPluginAsyncZod<McpSignInRoutesOptions> = async (app, options) => {
  const { mcpSignIns: signIns, publicUrl } = options;

  app.get(
    '/api/v1/mcp-sign-ins',
    {
      config: { action: 'mcp_sign_in.read' },
      schema: {
        operationId: 'listMcpSignIns',
        summary:
          'List sign-ins to MCP servers: by default your own and, for operators, the platform’s; never their tokens',
        tags,
        querystring: z.strictObject({ scope: scope.optional() }),
        response: { 200: pageOf(signIn) },
      },
    },
    async (request) => {
      const found = await signIns.list(getActor(request), request.query.scope);
      return { data: found.map(toResource), next_page: null };
    },
  );

  app.post(
    '/api/v1/mcp-sign-ins',
    {
      config: { action: 'mcp_sign_in.change' },
      schema: {
        operationId: 'beginMcpSignIn',
        summary: 'Begin a sign-in to an MCP server: where to send the browser',
        tags,
        body: beginBody,
        response: { 200: beginning },
      },
    },
    async (request) => {
      const { scope: of, return_to: returnTo, ...server } = request.body;
      const begun = await signIns.begin(getActor(request), {
        ...{ server: toServer(server), scope: of, returnTo: toLocalPath(returnTo) },
        baseUrl: toBase(request, publicUrl),
      });
      return {
        ...{ type: 'mcp_sign_in_beginning' as const, authorization_url: begun.authorizationUrl },
        ...{ expires_at: begun.expiresAt, issuer: begun.issuer, server_url: begun.serverUrl },
      };
    },
  );

  app.post(
    '/api/v1/mcp-sign-ins/finish',
    {
      config: { action: 'mcp_sign_in.finish' },
      schema: {
        operationId: 'finishMcpSignIn',
        summary: 'End a sign-in that this user began: the page does it that the authorization server leads back to',
        tags,
        body: finishBody,
        response: {
          200: z.object({ sign_in: signIn, return_to: z.string() }).meta({ id: 'FinishedMcpSignIn' }),
        },
      },
    },
    async (request) => {
      const { issuer_key: key, ...given } = request.body;
      const ended = await signIns.finish(getActor(request), { issuerKey: key, ...given }, () =>
        getAccess(request).assertAllowed(),
      );
      return { sign_in: toResource(ended.signIn), return_to: ended.returnTo };
    },
  );

  app.delete(
    '/api/v1/mcp-sign-ins/:id',
    {
      config: { action: 'mcp_sign_in.change' },
      schema: {
        operationId: 'deleteMcpSignIn',
        summary: 'Sign out of an MCP server; at its authorization server as well where it offers that',
        tags,
        params: z.object({ id: z.string().max(128) }),
        querystring: scopeQuery,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await signIns.remove(getActor(request), request.query.scope, request.params.id);
      return reply.code(204).send(undefined);
    },
  );

  app.get(
    '/api/v1/mcp-clients',
    {
      config: { action: 'platform_mcp_sign_in.read' },
      schema: {
        operationId: 'listMcpClients',
        summary: 'List the clients that the platform is at authorization servers',
        tags,
        response: { 200: pageOf(client) },
      },
    },
    async (request) => ({
      data: (await signIns.clients.list(getActor(request))).map((each) => toClient(each, toBase(request, publicUrl))),
      next_page: null,
    }),
  );

  app.put(
    '/api/v1/mcp-clients',
    {
      config: { action: 'platform_mcp_sign_in.change' },
      schema: {
        operationId: 'putMcpClient',
        summary: 'Set the client that somebody has registered for the platform at an authorization server',
        tags,
        body: clientBody,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { issuer: of, ...given } = request.body;
      await signIns.clients.configure(getActor(request), of, {
        client: {
          client_id: given.client_id,
          ...(given.client_secret !== undefined && { client_secret: given.client_secret }),
        },
        serverOrigins: given.server_origins.map((url) => new URL(url).origin),
      });
      return reply.code(204).send(undefined);
    },
  );

  app.delete(
    '/api/v1/mcp-clients',
    {
      config: { action: 'platform_mcp_sign_in.change' },
      schema: {
        operationId: 'deleteMcpClient',
        summary: 'Forget the client at an authorization server; sign-ins that were made with it go on',
        tags,
        querystring: z.strictObject({ issuer }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await signIns.clients.remove(getActor(request), request.query.issuer);
      return reply.code(204).send(undefined);
    },
  );

  app.get(
    `${CLIENT_METADATA_PATH}/:issuer_key`,
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'getClientMetadata',
        summary: 'What authorization servers of MCP servers read about this platform, whose client id is this address',
        tags,
        params: z.object({ issuer_key: issuerKey.describe('The end of its redirect URI: each issuer has its own.') }),
        response: { 200: z.looseObject({ client_id: z.string() }).meta({ id: 'ClientMetadata' }) },
      },
    },
    async (request) => {
      const { issuer_key: key } = request.params;
      const base = toBase(request, publicUrl);
      return {
        client_id: toClientMetadataUrl(publicUrl, key) ?? `${base}${CLIENT_METADATA_PATH}/${key}`,
        ...toClientMetadata(toRedirectUri(base, key), 'none'),
      };
    },
  );
};

function toBase({ protocol, host }: FastifyRequest, publicUrl: string | undefined): string {
  return publicUrl?.replace(/\/$/, '') ?? `${protocol}://${host}`;
}

function toServer({
  server_url: url,
  plugin,
  server,
}: Pick<z.infer<typeof beginBody>, 'server_url' | 'plugin' | 'server'>):
  | { url: string }
  | { plugin: string; server: string } {
  if (url !== undefined && plugin === undefined && server === undefined) return { url };
  if (url === undefined && plugin !== undefined && server !== undefined) return { plugin, server };
  const details = { field: 'server_url' };
  throw new CspError('invalid_request', 'server_url: takes a URL, or plugin and server say which', { details });
}

function toResource(info: SignInInfo): McpSignInResource {
  const {
    id,
    scope: of,
    serverUrl,
    serverName,
    plugin,
    expiresAt,
    renews,
    oauthScope,
    problem,
    createdAt,
    updatedAt,
  } = info;
  return {
    ...{ type: 'mcp_sign_in', id, scope: of, server_url: serverUrl, server_name: serverName, plugin },
    ...{
      issuer: info.issuer,
      status: problem === null ? 'signed_in' : 'needs_sign_in',
      problem,
      expires_at: expiresAt,
      renews,
    },
    ...{ oauth_scope: oauthScope, created_at: createdAt, updated_at: updatedAt },
  };
}

function toClient(
  { issuer: of, kind, serverOrigins, client: { client_id, client_secret } }: KeptClient,
  base: string,
): McpClientResource {
  return {
    ...{ type: 'mcp_client', issuer: of, client_id, has_secret: client_secret !== undefined },
    ...{ redirect_uri: toRedirectUri(base, toIssuerKey(of)), server_origins: serverOrigins, kind },
  };
}
