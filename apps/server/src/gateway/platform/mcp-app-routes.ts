import { CspError, type McpAppMode } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { id } from '../entrance/zod-schemas.ts';
import { toAppHeaders } from './mcp-app-headers.ts';

export interface McpAppRoutesOptions {
  sessions: Pick<SessionService, 'getMcpApp'>;
  mcpApps: McpAppMode;
}

const page = {
  description:
    'The page. Its headers keep it from everything else: it belongs into a frame with `sandbox="allow-scripts"`.',
  content: { 'text/html': { schema: z.string() } },
};

/** The pages of MCP Apps, for frames in the web app. */
export const mcpAppRoutes: FastifyPluginAsyncZod<McpAppRoutesOptions> = async (app, { sessions, mcpApps }) => {
  app.get(
    '/api/v1/sessions/:id/apps/:digest',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'getMcpAppPage',
        summary: 'Get the page of an MCP App that your session has shown',
        tags: [TAGS.sessions],
        params: z.object({
          id: id.describe('The session.'),
          digest: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .describe('As in `mcp_app` of `agent.mcp_tool_result`.'),
        }),
        response: { 200: page },
      },
    },
    async (request, reply) => {
      if (mcpApps === 'off') throw new CspError('not_found', 'This server shows no apps of MCP servers');
      // A page of somebody else under our own name and in a tab of its own could pass for one of ours.
      const destination = request.headers['sec-fetch-dest'];
      if (destination === 'document')
        throw new CspError('invalid_request', 'The page of an app is shown in its session only');
      const { id: sessionId, digest } = request.params;
      const found = await sessions.getMcpApp(getActor(request), sessionId, digest);
      return reply.headers(toAppHeaders(found, mcpApps)).type('text/html; charset=utf-8').send(found.html);
    },
  );
};
