import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { sessionMcpServers } from './mcp-server-resource.ts';

export interface McpServerRoutesOptions {
  sessions: Pick<SessionService, 'listMcpServers' | 'reconnectMcpServer'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });

/** The MCP servers of a session. */
export const mcpServerRoutes: FastifyPluginAsyncZod<McpServerRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/sessions/:id/mcp-servers',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessionMcpServers',
        summary: 'List the MCP servers of a session, how each is, and its tools',
        tags,
        params,
        response: { 200: sessionMcpServers },
      },
    },
    async (request) => ({
      data: await sessions.listMcpServers(getActor(request), request.params.id),
      next_page: null,
    }),
  );

  app.post(
    '/api/v1/sessions/:id/mcp-servers/:server/reconnect',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'reconnectSessionMcpServer',
        summary: 'Connect to an MCP server of a session anew; calls that run over the connection fail',
        tags,
        params: params.extend({ server: z.string().min(1).max(200).describe('Its name.') }),
        response: { 200: sessionMcpServers, ...failsWith(409) },
      },
    },
    async (request) => ({
      data: await sessions.reconnectMcpServer(getActor(request), request.params.id, request.params.server),
      next_page: null,
    }),
  );
};
