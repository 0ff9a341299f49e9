import { CspError } from '@claude-sdk-pattern/protocol';
import { listOf, paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Actor } from '../../identity/actor.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { agentFields } from './agent-schema.ts';
import { eventListQuery, readEventPage } from './event-list.ts';
import { TAGS } from '../openapi/information.ts';
import { getAccess, getActor } from '../entrance/admission.ts';
import { listedEvent, sessionParams, sessionStatus } from './session-schema.ts';
import { streamEvents, type StreamMetrics } from './session-stream.ts';
import { isInThread, readThreads, type SessionThread } from './session-threads.ts';
import { eventStream, readStreamQuery, streamQuery } from './stream-start.ts';
import { answer, id, pageOf } from '../entrance/zod-schemas.ts';

const tags = [TAGS.threads];
const params = sessionParams.extend({ thread_id: id });
const { multiagent: _, ...threadAgent } = agentFields;
const threadResource = answer<SessionThread>(
  z
    .object({
      type: z.literal('session_thread'),
      id: z.string(),
      session_id: z.string(),
      parent_thread_id: z.string().nullable().describe('Null for the primary thread.'),
      workflow_run_id: z.null(),
      status: sessionStatus,
      agent: z.union([z.object(threadAgent), z.looseObject({ type: z.literal('inline'), name: z.string() })]),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
      archived_at: z.iso.datetime().nullable().describe('As that of its session.'),
      stats: z.object({ active_seconds: z.number(), startup_seconds: z.number().optional() }).nullable(),
      usage: z.null(),
    })
    .meta({ id: 'Thread', description: 'What a session itself does, or one of its subagents.' }),
);
const cursor = z.coerce.number({ error: 'is not a page that this server named' }).int().min(0).default(0);
const listQuery = z.strictObject({
  ...paging({ default: 20, max: 1000 }),
  page: cursor,
  statuses: listOf(sessionStatus).optional(),
});

export interface ThreadRoutesOptions {
  sessions: SessionService;
  metrics: StreamMetrics;
}

/** `/v1/sessions/{id}/threads`: the session itself and its subagents. */
export const threadRoutes: FastifyPluginAsyncZod<ThreadRoutesOptions> = async (app, { sessions, metrics }) => {
  const getThread = async (actor: Actor, ids: z.output<typeof params>) => {
    const { session, events } = await sessions.read(actor, ids.session_id);
    const thread = (await readThreads(events, session)).find((each) => each.id === ids.thread_id);
    if (thread) return { session, events, thread };
    throw new CspError('not_found', `There is no thread ${ids.thread_id} in ${session.id}`);
  };

  app.get(
    '/v1/sessions/:session_id/threads',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listThreads',
        summary: 'List the threads of a session: the primary thread, then subagents, oldest first',
        tags,
        params: sessionParams,
        querystring: listQuery,
        response: { 200: pageOf(threadResource) },
      },
    },
    async (request) => {
      const { limit, page, statuses } = request.query;
      const { session, events } = await sessions.read(getActor(request), request.params.session_id);
      const all = await readThreads(events, session);
      const matching = all.filter(({ status }) => statuses === undefined || statuses.includes(status));
      const data = matching.slice(page, page + limit);
      return { data, next_page: matching.length > page + limit ? String(page + limit) : null };
    },
  );

  app.get(
    '/v1/sessions/:session_id/threads/:thread_id',
    {
      config: { action: 'session.read' },
      schema: { operationId: 'getThread', summary: 'Get a thread', tags, params, response: { 200: threadResource } },
    },
    async (request) => (await getThread(getActor(request), request.params)).thread,
  );

  app.get(
    '/v1/sessions/:session_id/threads/:thread_id/events',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listThreadEvents',
        summary: 'List the events of a thread',
        tags,
        params,
        querystring: eventListQuery,
        response: { 200: pageOf(listedEvent) },
      },
    },
    async (request) => {
      const { events, thread } = await getThread(getActor(request), request.params);
      return readEventPage(events, {
        query: request.query,
        isInThread: (event) => isInThread(event, thread),
      });
    },
  );

  app.get(
    '/v1/sessions/:session_id/threads/:thread_id/stream',
    {
      // A HEAD request would hold the stream open without an answer.
      exposeHeadRoute: false,
      config: { action: 'session.read' },
      schema: {
        operationId: 'streamThreadEvents',
        summary: 'Stream the events of a thread',
        tags,
        params,
        querystring: streamQuery,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const { session, thread } = await getThread(actor, request.params);
      await streamEvents(reply, {
        ...{ sessions, metrics },
        actor,
        access: getAccess(request),
        sessionId: session.id,
        isInThread: (item) => isInThread(item, thread),
        ...readStreamQuery(request, session),
      });
    },
  );
};
