import { CspError, type McpAppAnswer, type McpAppMode } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { toAppHeaders } from './mcp-app-headers.ts';
import { whileWaitedFor } from './while-waited-for.ts';

export interface McpAppRoutesOptions {
  sessions: Pick<SessionService, 'apps'>;
  mcpApps: McpAppMode;
}

const page = {
  description:
    'The page. Its headers keep it from everything else: it belongs into a frame with `sandbox="allow-scripts"`.',
  content: { 'text/html': { schema: z.string() } },
};

const MAX_INPUT_BYTES = 256 * 1024;
const tags = [TAGS.sessions];
const params = z.object({
  id: id.describe('The session.'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('As in `mcp_app` of `agent.mcp_tool_result`.'),
});

const appAnswer = answer<McpAppAnswer>(
  z
    .object({
      type: z.literal('mcp_app_answer'),
      outcome: z
        .enum(['answered', 'needs_confirmation', 'failed'])
        .describe('`needs_confirmation`: nothing was called. `failed`: the server did not answer as it should.'),
      reason: z.string().nullable().describe('Why it needs to be confirmed, or has failed.'),
      confirmation: z
        .object({
          once: z.string().describe('For this tool with this input, or for this resource.'),
          for_app: z
            .string()
            .nullable()
            .describe('For the tool, whatever its input; null where a rule or a hook asks about this very call.'),
        })
        .nullable()
        .describe('Of `needs_confirmation`: what says `confirmed` for a person who has seen the reason.'),
      result: z.record(z.string(), z.unknown()).nullable().describe('As the Model Context Protocol has it.'),
    })
    .meta({ id: 'McpAppAnswer', description: 'What the MCP server of an app answered.' }),
);

const confirmed = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .optional()
  .describe('What a person allowed who has seen it: one of the two of `confirmation`.');

const callBody = z
  .strictObject({
    tool: z.string().min(1).max(256).describe('The server’s own name of it.'),
    input: z.record(z.string(), z.unknown()).default({}),
    confirmed,
  })
  .meta({ id: 'McpAppCallParams', examples: [{ tool: 'refresh', input: {} }] });

const readBody = z
  .strictObject({ uri: z.string().min(1).max(2048), confirmed })
  .meta({ id: 'McpAppReadParams', examples: [{ uri: 'docs://tides' }] });

/** The pages of MCP Apps, for frames in the web app, and what they have their servers do. */
export const mcpAppRoutes: FastifyPluginAsyncZod<McpAppRoutesOptions> = async (app, { sessions, mcpApps }) => {
  const assertShown = () => {
    if (mcpApps === 'off') throw new CspError('not_found', 'This server shows no apps of MCP servers');
  };

  app.get(
    '/api/v1/sessions/:id/apps/:digest',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'getMcpAppPage',
        summary: 'Get the page of an MCP App that your session has shown',
        tags,
        params,
        response: { 200: page },
      },
    },
    async (request, reply) => {
      assertShown();
      // A page of somebody else under our own name and in a tab of its own could pass for one of ours.
      const destination = request.headers['sec-fetch-dest'];
      if (destination === 'document')
        throw new CspError('invalid_request', 'The page of an app is shown in its session only');
      const { id: sessionId, digest } = request.params;
      const found = await sessions.apps.getPage(getActor(request), sessionId, digest);
      return reply.headers(toAppHeaders(found, mcpApps)).type('text/html; charset=utf-8').send(found.html);
    },
  );
  app.post(
    '/api/v1/sessions/:id/apps/:digest/calls',
    {
      config: { action: 'session.send' },
      bodyLimit: MAX_INPUT_BYTES,
      schema: {
        operationId: 'callMcpAppTool',
        summary: 'Call a tool for an MCP App, of the server that brought the app',
        tags,
        params,
        body: callBody,
        response: { 200: appAnswer, ...failsWith(409, 529) },
      },
    },
    async (request, reply) => {
      assertShown();
      const { id: sessionId, digest } = request.params;
      return whileWaitedFor(request, reply, (signal) =>
        sessions.apps.call(getActor(request), { sessionId, digest, ...request.body, signal }),
      );
    },
  );

  app.post(
    '/api/v1/sessions/:id/apps/:digest/resources',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'readMcpAppResource',
        summary: 'Read a resource for an MCP App, of the server that brought the app',
        tags,
        params,
        body: readBody,
        response: { 200: appAnswer, ...failsWith(409, 529) },
      },
    },
    async (request, reply) => {
      assertShown();
      const { id: sessionId, digest } = request.params;
      return whileWaitedFor(request, reply, (signal) =>
        sessions.apps.read(getActor(request), { sessionId, digest, ...request.body, signal }),
      );
    },
  );
};
