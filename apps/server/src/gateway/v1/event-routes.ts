import { MAX_EVENTS_PER_SEND, userEventParams } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { eventListQuery, readEventPage } from './event-list.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { findRequestId, getAccess, getActor } from '../entrance/admission.ts';
import { listedEvent, sessionEvent, sessionParams as params } from './session-schema.ts';
import { streamEvents, type StreamMetrics } from './session-stream.ts';
import { eventStream, readStreamQuery, streamQuery } from './stream-start.ts';
import { pageOf } from '../entrance/zod-schemas.ts';

export interface EventRoutesOptions {
  sessions: SessionService;
  metrics: StreamMetrics;
}

const tags = [TAGS.events];
const sendBody = z.strictObject({ events: z.array(userEventParams).min(1).max(MAX_EVENTS_PER_SEND) }).meta({
  id: 'SendEventsParams',
  examples: [{ events: [{ type: 'user.message', content: [{ type: 'text', text: 'Fix the failing test' }] }] }],
});
const sentEvents = z.object({ data: z.array(sessionEvent) });

/** `/v1/sessions/{id}/events` */
export const eventRoutes: FastifyPluginAsyncZod<EventRoutesOptions> = async (app, { sessions, metrics }) => {
  app.get(
    '/v1/sessions/:session_id/events',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listEvents',
        summary: 'List the events of a session with their `seq`',
        tags,
        params,
        querystring: eventListQuery,
        response: { 200: pageOf(listedEvent) },
      },
    },
    async (request) => {
      const { events } = await sessions.read(getActor(request), request.params.session_id);
      return readEventPage(events, { query: request.query });
    },
  );

  app.post(
    '/v1/sessions/:session_id/events',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'sendEvents',
        summary: 'Send `{"events": […]}`: messages, interrupts, answers to approvals',
        tags,
        params,
        body: sendBody,
        response: { 200: sentEvents, ...failsWith(409, 529) },
      },
    },
    async (request) => {
      const { session_id: sessionId } = request.params;
      const requestId = findRequestId(request);
      const { events } = request.body;
      return { data: await sessions.sendAndRead(getActor(request), sessionId, { events, requestId }) };
    },
  );

  app.get(
    '/v1/sessions/:session_id/events/stream',
    {
      // A HEAD request would hold the stream open without an answer.
      exposeHeadRoute: false,
      config: { action: 'session.read' },
      schema: {
        operationId: 'streamEvents',
        summary: 'Stream events as server-sent events, from now on or after `Last-Event-ID` or `?after=`',
        tags,
        params,
        querystring: streamQuery,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const session = await sessions.get(actor, request.params.session_id);
      await streamEvents(reply, {
        ...{ sessions, metrics },
        actor,
        access: getAccess(request),
        sessionId: session.id,
        ...readStreamQuery(request, session),
      });
    },
  );
};
