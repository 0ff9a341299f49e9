import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { flag, listOf } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** What a stream of events takes. */
export const streamQuery = z.object({
  event_deltas: listOf(z.enum(['agent.message', 'agent.thinking'])).optional(),
  /** Ours: the `seq` after which to begin. */
  after: z.coerce.number().int().min(0).optional(),
  /** Ours: also the events that only this platform has. */
  extensions: flag.default(false),
});
export type StreamQuery = z.output<typeof streamQuery>;

/**
 * The `seq` after which a stream begins: `?after=`, else `Last-Event-ID`, else now, as in the Managed Agents API, where
 * history is a list. Whether it is there yet is judged where the stream is attached.
 */
export function findStreamStart(
  request: Pick<FastifyRequest, 'headers'> & { query: StreamQuery },
  session: Pick<SessionResource, 'last_seq'>,
): number {
  const lastEventId = request.headers['last-event-id'];
  const resumed = typeof lastEventId === 'string' && /^\d+$/.test(lastEventId) ? Number(lastEventId) : undefined;
  return request.query.after ?? resumed ?? session.last_seq;
}
