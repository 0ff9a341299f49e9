import { MAX_EVENTS_PER_SEND, isExtensionEvent, userEventParams } from '@claude-sdk-pattern/protocol';
import { flag, listOf, paging, timestamp } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import type { EventListOptions } from '../../store/events.ts';
import type { Store } from '../../store/port.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { getCaller } from '../principal-hook.ts';
import { listedEvent, sessionEvent, sessionParams as params } from './session-schema.ts';
import { streamEvents } from './session-stream.ts';
import { eventStream, findStreamStart, streamQuery } from './stream-start.ts';
import { pageOf } from '../zod-schemas.ts';

export interface EventRoutesOptions {
  sessions: SessionService;
  store: Pick<Store, 'events'>;
}

const tags = [TAGS.events];
const seq = z.coerce.number({ error: 'is not a page that this server named' }).int().min(0);
const listQuery = z.strictObject({
  ...paging({ default: 100, max: 1000 }),
  page: seq.optional().describe('The `next_page` of the page before.'),
  order: z.enum(['asc', 'desc']).default('asc'),
  types: listOf(z.string().max(100)).optional().describe('Only events of these types.'),
  'created_at[gt]': timestamp.optional(),
  'created_at[gte]': timestamp.optional(),
  'created_at[lt]': timestamp.optional(),
  'created_at[lte]': timestamp.optional(),
  before_seq: z.coerce.number().int().min(1).optional().describe('Ours: only events before this `seq`.'),
  after_seq: z.coerce.number().int().min(0).optional().describe('Ours: only events after this `seq`.'),
  extensions: flag.default(false).describe('Ours: also the events that only this platform has.'),
});
const sendBody = z.strictObject({ events: z.array(userEventParams).min(1).max(MAX_EVENTS_PER_SEND) }).meta({
  id: 'SendEventsParams',
  examples: [{ events: [{ type: 'user.message', content: [{ type: 'text', text: 'Fix the failing test' }] }] }],
});
const sent = z.object({ data: z.array(sessionEvent) });

/** `/v1/sessions/{id}/events` */
export const eventRoutes: FastifyPluginAsyncZod<EventRoutesOptions> = async (app, { sessions, store }) => {
  app.get(
    '/v1/sessions/:session_id/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'Its events with their `seq`',
        tags,
        params,
        querystring: listQuery,
        response: { 200: pageOf(listedEvent) },
      },
    },
    async (request) => {
      const { query } = request;
      const { id } = await sessions.get(getCaller(request), request.params.session_id);
      const rows = await store.events.list(id, toListOptions(query));
      const data = rows
        .filter(({ body }) => query.extensions || !isExtensionEvent(body))
        .map((row) => ({ ...row.body, seq: row.seq }));
      const last = rows.length === query.limit ? rows.at(-1)?.seq : undefined;
      return { data, next_page: last === undefined ? null : String(last) };
    },
  );

  app.post(
    '/v1/sessions/:session_id/events',
    {
      schema: {
        operationId: 'sendEvents',
        summary: 'Sends `{"events": […]}`: messages, interrupts, answers to approvals',
        tags,
        params,
        body: sendBody,
        response: { 200: sent, ...failsWith(409, 529) },
      },
    },
    async (request) => {
      const caller = getCaller(request);
      const { session_id: sessionId } = request.params;
      const { events } = await sessions.send(caller, sessionId, request.body.events);
      const stored = await Promise.all(events.map(({ id }) => store.events.find(sessionId, id)));
      return { data: stored.flatMap((event) => (event ? [event.body] : [])) };
    },
  );

  app.get(
    '/v1/sessions/:session_id/events/stream',
    {
      schema: {
        operationId: 'streamEvents',
        summary: 'Server-sent events from now on, or after `Last-Event-ID` or `?after=`',
        tags,
        params,
        querystring: streamQuery,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const caller = getCaller(request);
      const session = await sessions.get(caller, request.params.session_id);
      await streamEvents(reply, {
        sessions,
        caller,
        sessionId: session.id,
        after: findStreamStart(request, session),
        extensions: request.query.extensions,
        deltas: request.query.event_deltas ?? [],
      });
    },
  );
};

function toListOptions(query: z.output<typeof listQuery>): EventListOptions {
  const { order, page, before_seq: before, after_seq: after } = query;
  return {
    order,
    limit: query.limit,
    ...(query.types !== undefined && { types: query.types }),
    ...(query['created_at[gt]'] !== undefined && { createdAfter: query['created_at[gt]'] }),
    ...(query['created_at[gte]'] !== undefined && { createdFrom: query['created_at[gte]'] }),
    ...(query['created_at[lt]'] !== undefined && { createdBefore: query['created_at[lt]'] }),
    ...(query['created_at[lte]'] !== undefined && { createdThrough: query['created_at[lte]'] }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    // A page goes on where the last one ended, whatever bounds came with it.
    ...(page !== undefined && (order === 'asc' ? { after: page } : { before: page })),
  };
}
