import type { McpClientResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import {
  CLIENT_METADATA_PATH,
  ISSUER_KEY,
  toClientMetadataUrl,
  toIssuerKey,
  toRedirectUri,
} from '../../mcp-sign-ins/addresses.ts';
import type { KeptClient } from '../../mcp-sign-ins/mcp-clients.ts';
import { toClientMetadata } from '../../mcp-sign-ins/obtain-client.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import type { McpSignInRoutesOptions } from './mcp-sign-in-routes.ts';
import { toPublicBase } from './public-base.ts';

const tags = [TAGS.mcpSignIns];
const text = z.string().min(1).max(4096);
const issuer = z.url().max(2000);
const issuerKey = z.string().regex(ISSUER_KEY);
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

/** The clients that the platform is at the authorization servers of MCP servers. */
export const mcpClientRoutes: FastifyPluginAsyncZod<McpSignInRoutesOptions> = async (app, options) => {
  const { mcpSignIns: signIns, publicUrl } = options;

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
      data: (await signIns.clients.list(getActor(request))).map((each) =>
        toClient(each, toPublicBase(request, publicUrl)),
      ),
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
      const base = toPublicBase(request, publicUrl);
      return {
        client_id: toClientMetadataUrl(publicUrl, key) ?? `${base}${CLIENT_METADATA_PATH}/${key}`,
        ...toClientMetadata(toRedirectUri(base, key), 'none'),
      };
    },
  );
};

function toClient(
  { issuer: of, kind, serverOrigins, client: { client_id, client_secret } }: KeptClient,
  base: string,
): McpClientResource {
  return {
    ...{ type: 'mcp_client', issuer: of, client_id, has_secret: client_secret !== undefined },
    ...{ redirect_uri: toRedirectUri(base, toIssuerKey(of)), server_origins: serverOrigins, kind },
  };
}
