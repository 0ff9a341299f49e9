import {
  CspError,
  isExtensionEvent,
  sessionCreateParams,
  sessionUpdateParams,
  userEventParams,
  type Page,
  type SessionResource,
} from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Identity } from '../../identity/identity.ts';
import type { Caller, SessionService } from '../../sessions/session-service.ts';
import type { Store } from '../../store/port.ts';
import { parseBody } from '../parse-body.ts';
import { requirePrincipal } from '../require-principal.ts';
import { streamEvents } from './session-stream.ts';

export interface SessionRoutesOptions {
  identity: Identity;
  sessions: SessionService;
  store: Pick<Store, 'events'>;
  allowedOrigins: readonly string[];
}

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const idParams = z.object({ id: z.string().min(1).max(128) });
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  page: z.string().optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
  include_archived: flag.optional(),
  search: z.string().max(200).optional(),
});
const eventsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  page: z.coerce.number().int().min(0).optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
  before_seq: z.coerce.number().int().min(1).optional(),
  after_seq: z.coerce.number().int().min(0).optional(),
  extensions: flag.default(false),
});
const streamQuery = z.object({
  after: z.coerce.number().int().min(0).optional(),
  extensions: flag.default(false),
  event_deltas: z.unknown().optional(),
});
const sendBody = z.object({ events: z.array(userEventParams).min(1).max(50) });

/** `/v1/sessions` in the shapes of the Managed Agents API. */
export async function sessionRoutes(app: FastifyInstance, options: SessionRoutesOptions): Promise<void> {
  const { sessions, store } = options;

  const getCaller = async (request: FastifyRequest): Promise<Caller> => {
    const principal = await requirePrincipal(request, options);
    const key = request.headers['idempotency-key'];
    return {
      id: principal.userId,
      name: principal.name,
      ...(typeof key === 'string' && key !== '' && { requestId: key }),
    };
  };
  const getId = (request: FastifyRequest) => parseBody(idParams, request.params).id;

  app.post('/v1/sessions', async (request): Promise<SessionResource> => {
    const caller = await getCaller(request);
    return (await sessions.create(caller, parseBody(sessionCreateParams, request.body ?? {}))).session;
  });

  app.get('/v1/sessions', async (request): Promise<Page<SessionResource> & { prev_page: null }> => {
    const caller = await getCaller(request);
    const query = parseBody(listQuery, request.query);
    const page = await sessions.list(caller, {
      limit: query.limit,
      order: query.order,
      sortBy: 'updatedAt',
      ...(query.page !== undefined && { cursor: query.page }),
      ...(query.include_archived !== undefined && { includeArchived: query.include_archived }),
      ...(query.search !== undefined && { search: query.search }),
    });
    return { data: page.sessions, next_page: page.nextCursor, prev_page: null };
  });

  app.get('/v1/sessions/:id', async (request) => sessions.get(await getCaller(request), getId(request)));

  app.post('/v1/sessions/:id', async (request) => {
    const caller = await getCaller(request);
    return sessions.update(caller, getId(request), parseBody(sessionUpdateParams, request.body));
  });

  app.delete('/v1/sessions/:id', async (request) => {
    const id = getId(request);
    await sessions.delete(await getCaller(request), id);
    return { id, type: 'session_deleted' };
  });

  app.post('/v1/sessions/:id/archive', async (request) =>
    sessions.setArchived(await getCaller(request), getId(request), true),
  );
  app.post('/v1/sessions/:id/unarchive', async (request) =>
    sessions.setArchived(await getCaller(request), getId(request), false),
  );

  app.get('/v1/sessions/:id/events', async (request) => {
    const caller = await getCaller(request);
    const { id } = await sessions.get(caller, getId(request));
    const query = parseBody(eventsQuery, request.query);
    const cursor =
      query.page === undefined ? {} : query.order === 'asc' ? { after: query.page } : { before: query.page };
    const rows = await store.events.list(id, {
      order: query.order,
      limit: query.limit,
      ...(query.before_seq !== undefined && { before: query.before_seq }),
      ...(query.after_seq !== undefined && { after: query.after_seq }),
      ...cursor,
    });
    const data = rows
      .filter(({ body }) => query.extensions || !isExtensionEvent(body))
      .map(({ seq, body }) => ({ ...body, seq }));
    const last = rows.length === query.limit ? rows.at(-1)?.seq : undefined;
    return { data, next_page: last === undefined ? null : String(last) };
  });

  app.post('/v1/sessions/:id/events', async (request) => {
    const caller = await getCaller(request);
    const id = getId(request);
    const sent = await sessions.send(caller, id, parseBody(sendBody, request.body).events);
    const stored = await Promise.all(sent.events.map((event) => store.events.find(id, event.id)));
    return { data: stored.flatMap((event) => (event ? [event.body] : [])) };
  });

  app.get('/v1/sessions/:id/events/stream', async (request, reply) => {
    const caller = await getCaller(request);
    const id = getId(request);
    const query = parseBody(streamQuery, request.query);
    const lastEventId = request.headers['last-event-id'];
    const after =
      query.after ?? (typeof lastEventId === 'string' && /^\d+$/.test(lastEventId) ? Number(lastEventId) : undefined);
    const { last_seq: lastSeq } = await sessions.get(caller, id);
    if (after !== undefined && after > lastSeq) {
      throw new CspError('invalid_request', `after is ${after}, but the newest seq of ${id} is ${lastSeq}`);
    }
    // Without a starting point a stream begins now, as in the Managed Agents API; history is a list.
    await streamEvents(reply, {
      sessions,
      caller,
      sessionId: id,
      after: after ?? lastSeq,
      extensions: query.extensions,
      deltas: query.event_deltas !== undefined,
    });
  });
}
