import type { ListedEvent, Page } from '@claude-sdk-pattern/protocol';

import { getJson, type Fetch } from './http.ts';

export interface ListEventsOptions {
  /** Only events with a lower `seq`; the newest of them come. Without `before` and `after`: the newest of all. */
  before?: number;
  /** Only events with a higher `seq`; the oldest of them come. */
  after?: number;
  /** How many at most, from 1 to 1000. */
  limit?: number;
}

/** A piece of a session's journal: without gap, oldest first whichever way it was read. */
export interface EventsPage {
  events: ListedEvent[];
  /** Whether the journal goes on in the direction that was read. */
  hasMore: boolean;
}

export interface ListEventsDeps {
  fetch: Fetch;
  baseUrl: string;
  headers: Record<string, string>;
}

const DEFAULT_LIMIT = 100;

/** Reads a session's journal over HTTP; for the past, while an attachment gives the present. Rejects with a ClientError. */
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
