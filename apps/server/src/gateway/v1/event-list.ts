import { isExtensionEvent, type SessionEvent } from '@claude-sdk-pattern/protocol';
import { flag, listOf, paging } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import type { SessionEvents } from '../../journal/session-events.ts';
import type { EventListOptions } from '../../store/events.ts';
import { createdRange, toCreatedBounds } from './list-query.ts';

/** The most events read at once, where many of them are filtered out. */
const MAX_AT_ONCE = 1000;
/** Approximate bytes of JSON in a page, and in one read: an event may have a megabyte. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

const seq = z.coerce.number({ error: 'is not a page that this server named' }).int().min(0);

/** Query of a list of events, of a session or of one of its threads. */
export const eventListQuery = z.strictObject({
  ...paging({ default: 100, max: 1000 }),
  page: seq.optional().describe('The `next_page` of the page before.'),
  order: z.enum(['asc', 'desc']).default('asc'),
  types: listOf(z.string().max(100)).optional().describe('Only events of these types.'),
  ...createdRange,
  before_seq: z.coerce.number().int().min(1).optional().describe('Ours: only events before this `seq`.'),
  after_seq: z.coerce.number().int().min(0).optional().describe('Ours: only events after this `seq`.'),
  extensions: flag.default(false).describe('Ours: also the events that only this platform has.'),
});
export type EventListQuery = z.output<typeof eventListQuery>;

export interface EventPage {
  data: (SessionEvent & { seq: number })[];
  /** Null on the last page; else the `seq` of the last event of this one. */
  next_page: string | null;
}

/**
 * A page with up to `limit` events, skipping those that are not for this client or not in this thread. When the
 * events are large it has fewer, and a `next_page`.
 */
export async function readEventPage(
  events: Pick<SessionEvents, 'listPage'>,
  options: { query: EventListQuery; isInThread?: ((event: SessionEvent) => boolean) | undefined },
): Promise<EventPage> {
  const { query, isInThread = () => true } = options;
  const { limit, order } = query;
  const isTold = (event: SessionEvent) => (query.extensions || !isExtensionEvent(event)) && isInThread(event);
  const bounds = toBounds(query);
  const data: EventPage['data'] = [];
  let place = query.page;
  let bytes = 0;
  // One event more than asked for shows whether there is a next page.
  for (let atOnce = limit + 1; ; atOnce = Math.max(limit + 1, Math.min(2 * atOnce, MAX_AT_ONCE))) {
    const isPlaced = place !== undefined && (order === 'asc' ? { after: place } : { before: place });
    const size = { limit: atOnce, maxBytes: MAX_PAGE_BYTES };
    const page = await events.listPage({ ...bounds, ...isPlaced, order, ...size });
    for (const row of page.events) {
      if (!isTold(row.body)) continue;
      const isFull = data.length === limit || bytes >= MAX_PAGE_BYTES;
      if (isFull) return { data, next_page: String(data.at(-1)?.seq) };
      data.push({ ...row.body, seq: row.seq });
      bytes += row.bytes;
    }
    place = page.events.at(-1)?.seq;
    if (!page.hasMore) return { data, next_page: null };
  }
}

/** A page continues where the last one ended, whatever its `after_seq` and `before_seq` are. */
function toBounds(query: EventListQuery): Omit<EventListOptions, 'limit' | 'order'> {
  const { before_seq: before, after_seq: after } = query;
  return {
    ...(query.types !== undefined && { types: query.types }),
    ...toCreatedBounds(query),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}
