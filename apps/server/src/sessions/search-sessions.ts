import type {
  SearchHit as ShownHit,
  SearchResult,
  SearchResultList,
  SessionResource,
} from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import { parseQuery } from '../search/parse-query.ts';
import { toExcerpt } from '../search/excerpt.ts';
import { toSearchableText } from '../search/searchable-text.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Store } from '../store/port.ts';
import type { SearchHit, SearchKind, SearchTerm } from '../store/search-query.ts';
import type { Session } from '../store/sessions.ts';
import type { SharedSession } from '../store/shares.ts';
import type { SeenSession, SessionAccess } from './session-access.ts';

export interface SearchSessionsDeps {
  store: Pick<Store, 'search' | 'shares'>;
  access: Pick<SessionAccess, 'describeAll'>;
  toOwnResource(session: Session): SessionResource;
}

export interface SearchOptions {
  /** As a person types it, see `parseQuery`. */
  query: string;
  /** The most sessions. */
  limit: number;
}

/** Of the places that have all words the newest; whoever looks for older ones says more. */
const MAX_HITS = 1000;
/** Of the sessions that others share, so many are searched. */
const MAX_SHARED = 500;
const SHOWN_HITS = 3;
/** How much a place says about what its session is about. */
const WEIGHTS: Record<SearchKind, number> = { title: 4, message: 2, answer: 1.5, file: 1.2, command: 1.2 };

/**
 * Finds the actor's own sessions, and those that others share with them, by their titles and by what was said in them. First
 * come those whose best place says most, that have many places, and that are new.
 */
export async function searchSessions(
  { store, access, toOwnResource }: SearchSessionsDeps,
  { userId }: Pick<Actor, 'userId'>,
  { query, limit }: SearchOptions,
): Promise<SearchResultList> {
  const terms = parseQuery(query);
  const shared = (await store.shares.listWith([userId])).slice(-MAX_SHARED);
  const scope = { ownerId: userId, sessionIds: shared.map(({ sessionId }) => sessionId) };
  const { hits, isAll } = await store.search.find(scope, terms, MAX_HITS);
  const ranked = rank(hits);
  const seen = await findSeen(store, { userId, shared, ids: ranked.slice(0, limit).map(({ sessionId }) => sessionId) });
  const shown = ranked.flatMap((each) => {
    const found = seen.get(each.sessionId);
    return found === undefined ? [] : [{ ...each, seen: found }];
  });
  const events = await readShownEvents(store, shown);
  const others = await access.describeAll(shown.map((each) => each.seen));
  const data = shown.map(({ seen: { session, level }, best, count }, index): SearchResult => {
    const resource = (level === null ? undefined : others[index]) ?? toOwnResource(session);
    const places = best.map((hit) => toShownHit(hit, { title: session.title, event: events.get(toPlace(hit)), terms }));
    return { session: resource, hits: places, hit_count: count };
  });
  return { data, truncated: ranked.length > limit || !isAll };
}

interface RankedSession {
  sessionId: string;
  best: SearchHit[];
  count: number;
}

/** @param hits the newest first */
function rank(hits: readonly SearchHit[]): RankedSession[] {
  const bySession = new Map<string, RankedSession & { age: number }>();
  hits.forEach((hit, index) => {
    const known = bySession.get(hit.sessionId);
    if (known === undefined)
      bySession.set(hit.sessionId, { sessionId: hit.sessionId, best: [hit], count: 1, age: index / hits.length });
    else {
      known.best.push(hit);
      known.count += 1;
    }
  });
  return [...bySession.values()]
    .map(({ age, ...session }) => {
      const best = session.best.toSorted((a, b) => WEIGHTS[b.kind] - WEIGHTS[a.kind]).slice(0, SHOWN_HITS);
      const weight = best[0] === undefined ? 0 : WEIGHTS[best[0].kind];
      return { ...session, best, score: weight + Math.log2(1 + session.count) / 2 - age };
    })
    .toSorted((a, b) => b.score - a.score);
}

/** What was found is read again: it may be gone, have another owner, or not be shared any more. */
async function findSeen(
  store: SearchSessionsDeps['store'],
  { userId, shared, ids }: { userId: string; shared: readonly SharedSession[]; ids: readonly string[] },
): Promise<Map<string, SeenSession>> {
  const levels = new Map(shared.map(({ sessionId, level }) => [sessionId, level]));
  const found = new Map<string, SeenSession>();
  for (const session of await store.search.listSessions(ids)) {
    const level = session.ownerId === userId ? null : levels.get(session.id);
    if (level !== undefined) found.set(session.id, { session, ownerId: session.ownerId, level });
  }
  return found;
}

async function readShownEvents(
  store: SearchSessionsDeps['store'],
  shown: readonly RankedSession[],
): Promise<Map<string, StoredEvent>> {
  const places = shown.flatMap(({ best }) => best.filter(({ seq }) => seq > 0));
  return new Map((await store.search.readEvents(places)).map((event) => [toPlace(event), event]));
}

function toPlace({ sessionId, seq }: { sessionId: string; seq: number }): string {
  return `${sessionId} ${seq}`;
}

function toShownHit(
  { kind, seq }: SearchHit,
  { title, event, terms }: { title: string | null; event: StoredEvent | undefined; terms: readonly SearchTerm[] },
): ShownHit {
  const text = event === undefined ? (title ?? '') : (toSearchableText(event.body)?.text ?? '');
  return { kind, event_id: event?.id ?? null, seq: event === undefined ? null : seq, ...toExcerpt(text, terms) };
}
