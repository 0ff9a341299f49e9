import { CspError, type McpSignInResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { McpSignIns, SignInInfo } from '../../mcp-sign-ins/mcp-sign-ins.ts';
import { toLocalPath } from '../accounts/local-path.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { beginBody, beginning, finishBody, scope, scopeQuery, signIn } from './mcp-sign-in-schemas.ts';
import { toPublicBase } from './public-base.ts';

export interface McpSignInRoutesOptions {
  mcpSignIns: McpSignIns;
  /** Where people reach the server; without it, they come back to the address of their request. */
  publicUrl: string | undefined;
}

const tags = [TAGS.mcpSignIns];
/** Sign-ins to MCP servers. */
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
        baseUrl: toPublicBase(request, publicUrl),
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
};

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
