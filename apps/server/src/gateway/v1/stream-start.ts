import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { flag, listOf } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Query parameters of an event stream. */
export const streamQuery = z.strictObject({
  event_deltas: listOf(z.enum(['agent.message', 'agent.thinking']))
    .optional()
    .describe('Which events are previewed while they are produced, as `event_start` and `event_delta`.'),
  after: z.coerce.number().int().min(0).optional().describe('Ours: the `seq` after which to begin.'),
  extensions: flag.default(false).describe('Ours: also the events that only this platform has.'),
});
/** Response schema of an event stream. */
export const eventStream = {
  description:
    'Events as they come: `event:` is the type, `id:` the `seq`, `data:` the event as JSON. A ping every 15 seconds.',
  content: { 'text/event-stream': { schema: z.string() } },
};
export type StreamQuery = z.output<typeof streamQuery>;

/** Reads the options of a stream of this session from the request's query. */
export function readStreamQuery(
  request: Parameters<typeof findStreamStart>[0],
  session: Pick<SessionResource, 'last_seq'>,
): { after: number; extensions: boolean; deltas: NonNullable<StreamQuery['event_deltas']> } {
  const { extensions, event_deltas: deltas = [] } = request.query;
  return { after: findStreamStart(request, session), extensions, deltas };
}

/**
 * The `seq` after which a stream begins: `Last-Event-ID`, else `?after=`, else now, as in the Managed Agents API, where
 * history is a list. An `EventSource` that comes back by itself sends the first, with the address that it began with.
 * Whether it is there yet is judged where the stream is attached.
 */
function findStreamStart(
  request: Pick<FastifyRequest, 'headers'> & { query: StreamQuery },
  session: Pick<SessionResource, 'last_seq'>,
): number {
  const lastEventId = request.headers['last-event-id'];
  const resumed = typeof lastEventId === 'string' && /^\d+$/.test(lastEventId) ? Number(lastEventId) : undefined;
  return resumed ?? request.query.after ?? session.last_seq;
}
