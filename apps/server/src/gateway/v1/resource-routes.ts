import { paging, sessionResourceParams, sessionResourceUpdateParams } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { mountedResource, sessionParams } from './session-schema.ts';

const params = sessionParams.extend({ resource_id: id });
const response = { 200: mountedResource };
const tags = [TAGS.sessions];
const page = z.object({ data: z.array(mountedResource), next_page: z.string().nullable() });
const deleted = z.object({ id: z.string(), type: z.literal('session_resource_deleted') });

/** `/v1/sessions/{id}/resources`: what is mounted into the workspace of a session. */
export const resourceRoutes: FastifyPluginAsyncZod<{ sessions: SessionService }> = async (app, { sessions }) => {
  app.post(
    '/v1/sessions/:session_id/resources',
    {
      config: { action: 'session.change_resources' },
      schema: {
        operationId: 'addSessionResource',
        summary: 'Mount a file or a repository into the workspace of a session',
        tags,
        params: sessionParams,
        body: sessionResourceParams,
        response: { ...response, ...failsWith(409) },
      },
    },
    (request) => sessions.resources.add(getActor(request), request.params.session_id, request.body),
  );

  app.get(
    '/v1/sessions/:session_id/resources',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessionResources',
        summary: 'List what is mounted into the workspace of a session',
        tags,
        params: sessionParams,
        querystring: z.strictObject(paging({ default: 20, max: 1000 })),
        response: { 200: page },
      },
    },
    async (request) => {
      const found = await sessions.resources.list(getActor(request), request.params.session_id);
      return { data: [...found], next_page: null };
    },
  );

  app.get(
    '/v1/sessions/:session_id/resources/:resource_id',
    {
      config: { action: 'session.read' },
      schema: { operationId: 'getSessionResource', summary: 'Get a resource of a session', tags, params, response },
    },
    (request) => sessions.resources.get(getActor(request), request.params.session_id, request.params.resource_id),
  );

  app.post(
    '/v1/sessions/:session_id/resources/:resource_id',
    {
      config: { action: 'session.change_resources' },
      schema: {
        operationId: 'updateSessionResource',
        summary: 'Give a repository of GitHub another token; it is opened again where that has failed',
        tags,
        params,
        body: sessionResourceUpdateParams,
        response,
      },
    },
    (request) =>
      sessions.resources.update(getActor(request), request.params.session_id, {
        resourceId: request.params.resource_id,
        token: request.body.authorization_token,
      }),
  );

  app.delete(
    '/v1/sessions/:session_id/resources/:resource_id',
    {
      config: { action: 'session.change_resources' },
      schema: {
        operationId: 'deleteSessionResource',
        summary: 'Take a resource from a session; its files stay in the workspace',
        tags,
        params,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const { session_id: sessionId, resource_id: resourceId } = request.params;
      await sessions.resources.delete(getActor(request), sessionId, resourceId);
      return { id: resourceId, type: 'session_resource_deleted' as const };
    },
  );
};
