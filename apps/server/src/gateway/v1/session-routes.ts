import { sessionCreateParams, sessionUpdateParams } from '@claude-sdk-pattern/protocol';
import { flag, listOf, paging, unsupported } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { createdRange, toCreatedBounds, toListParams } from './list-query.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { findRequestId, getActor } from '../entrance/admission.ts';
import { sessionParams as params, sessionResource, sessionStatus } from './session-schema.ts';
import { id } from '../entrance/zod-schemas.ts';

const listQuery = z.strictObject({
  ...paging({ default: 20, max: 1000 }),
  order: z.enum(['asc', 'desc']).default('desc'),
  agent_id: id.optional(),
  agent_version: z.coerce.number().int().min(1).optional(),
  ...createdRange,
  deployment_id: id.optional(),
  include_archived: flag.optional(),
  memory_store_id: unsupported(),
  statuses: listOf(sessionStatus).optional(),
  sort_by: z.enum(['created_at', 'updated_at']).default('created_at').describe('Ours: what `order` is about.'),
  search: z.string().max(200).optional().describe('Ours: part of a title.'),
  shared: flag.optional().describe('Ours: the sessions that others share with you, instead of your own.'),
});
const page = z.object({
  data: z.array(sessionResource),
  next_page: z.string().nullable(),
  prev_page: z.string().nullable(),
});
const createBody = sessionCreateParams
  .strict()
  .meta({
    id: 'SessionCreateParams',
    examples: [
      {
        title: 'The failing test',
        initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'Fix the failing test' }] }],
      },
    ],
  })
  .nullish();
const updateBody = sessionUpdateParams
  .strict()
  .meta({ id: 'SessionUpdateParams', examples: [{ title: 'The test that failed', pinned: true }] });
const response = { 200: sessionResource };
const tags = [TAGS.sessions];

/**
 * `/v1/sessions`
 *
 * Over 100 lines: a flat list of routes.
 */
export const sessionRoutes: FastifyPluginAsyncZod<{ sessions: SessionService }> = async (app, { sessions }) => {
  app.post(
    '/v1/sessions',
    {
      config: { action: 'session.create' },
      schema: {
        operationId: 'createSession',
        summary: 'Create a session; `agent` and `environment_id` may be left out; `initial_events` are sent at once',
        tags,
        body: createBody,
        response: { ...response, ...failsWith(409, 529) },
      },
    },
    async (request) =>
      (await sessions.create(getActor(request), request.body ?? {}, { requestId: findRequestId(request) })).session,
  );

  app.get(
    '/v1/sessions',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessions',
        summary: 'List your sessions or, with `shared=true`, those that others share with you; newest first',
        tags,
        querystring: listQuery,
        response: { 200: page },
      },
    },
    async (request) => {
      const { query } = request;
      const { agent_version: agentVersion } = query;
      const found = await sessions.list(getActor(request), {
        ...toListParams(query),
        ...toCreatedBounds(query),
        order: query.order,
        shared: query.shared === true,
        sortBy: query.sort_by === 'created_at' ? 'createdAt' : 'updatedAt',
        ...(query.deployment_id !== undefined && { deploymentId: query.deployment_id }),
        ...(query.agent_id !== undefined && { agentId: query.agent_id }),
        ...(query.agent_id !== undefined && agentVersion !== undefined && { agentVersion }),
        ...(query.statuses !== undefined && { statuses: query.statuses }),
        ...(query.search !== undefined && { search: query.search }),
      });
      return { data: found.sessions, next_page: found.nextCursor, prev_page: found.previousCursor };
    },
  );

  app.get(
    '/v1/sessions/:session_id',
    {
      config: { action: 'session.read' },
      schema: { operationId: 'getSession', summary: 'Get a session', tags, params, response },
    },
    (request) => sessions.get(getActor(request), request.params.session_id),
  );

  app.post(
    '/v1/sessions/:session_id',
    {
      config: { action: 'session.update' },
      schema: {
        operationId: 'updateSession',
        summary:
          'Change `title`, `model`, `permission_mode`, `metadata`, `pinned`, and with `agent` its tools and MCP servers',
        tags,
        params,
        body: updateBody,
        response: { ...response, ...failsWith(409) },
      },
    },
    (request) =>
      sessions.update(getActor(request), request.params.session_id, {
        params: request.body,
        requestId: findRequestId(request),
      }),
  );

  const deleted = z.object({ id: z.string(), type: z.literal('session_deleted') });
  app.delete(
    '/v1/sessions/:session_id',
    {
      config: { action: 'session.delete' },
      schema: {
        operationId: 'deleteSession',
        summary: 'Delete a session with its events, transcript and workspace',
        tags,
        params,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const { session_id: sessionId } = request.params;
      await sessions.delete(getActor(request), sessionId);
      return { id: sessionId, type: 'session_deleted' as const };
    },
  );

  app.post(
    '/v1/sessions/:session_id/archive',
    {
      config: { action: 'session.archive' },
      schema: {
        operationId: 'archiveSession',
        summary: 'Archive a session and end its process',
        tags,
        params,
        response,
      },
    },
    (request) => sessions.setArchived(getActor(request), request.params.session_id, true),
  );
  app.post(
    '/v1/sessions/:session_id/unarchive',
    {
      config: { action: 'session.archive' },
      schema: { operationId: 'unarchiveSession', summary: 'Unarchive a session', tags, params, response },
    },
    (request) => sessions.setArchived(getActor(request), request.params.session_id, false),
  );
};
