import type { ListedEvent, Page } from '@claude-sdk-pattern/protocol';

import { getJson, type Fetch } from './http.ts';

export interface ListEventsOptions {
  /** Only events with a lower `seq`, the newest of them. Without `before` and `after`: the newest events. */
  before?: number;
  /** Only events with a higher `seq`, the oldest of them. */
  after?: number;
  /** How many at most, from 1 to 1000. */
  limit?: number;
}

/** A page of a session's journal: without gaps, oldest first, in whichever direction it was read. */
export interface EventsPage {
  events: ListedEvent[];
  /** Whether there are more events in the direction of reading. */
  hasMore: boolean;
}

export interface ListEventsDeps {
  fetch: Fetch;
  baseUrl: string;
  headers: Record<string, string>;
}

const DEFAULT_LIMIT = 100;

/**
 * Reads a session's journal over HTTP: for earlier events, while an attachment brings the live ones. Rejects with a
 * ClientError.
 */
export async function listEvents(
  { fetch, baseUrl, headers }: ListEventsDeps,
  sessionId: string,
  { before, after, limit = DEFAULT_LIMIT }: ListEventsOptions,
): Promise<EventsPage> {
  if (before !== undefined && before <= 1) return { events: [], hasMore: false };
  const forwards = after !== undefined;
  const query = new URLSearchParams({ order: forwards ? 'asc' : 'desc', limit: String(limit), extensions: 'true' });
  if (before !== undefined) query.set('before_seq', String(before));
  if (after !== undefined) query.set('after_seq', String(after));
  const url = `${baseUrl}/v1/sessions/${encodeURIComponent(sessionId)}/events?${query.toString()}`;
  const page = await getJson<Page<ListedEvent>>(fetch, url, headers);
  const events = forwards ? page.data : page.data.toReversed();
  // A full page may end with the very first event.
  return { events, hasMore: page.next_page !== null && (forwards || (events[0]?.seq ?? 1) > 1) };
}
