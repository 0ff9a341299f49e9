import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { createSession } from '../store/contract/back-end.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createJournal, type Journal } from './journal.ts';
import type { SequencedEvent } from './sequenced-event.ts';
import type { Subscriber, Subscription } from './subscription.ts';

/** For tests: a journal of one session on a real store, whose answers can be delayed. */
export interface JournalHarness extends AsyncDisposable {
  journal: Journal;
  store: Store;
  sessionId: string;
  append(...events: SessionEvent[]): Promise<number>;
  /** Stores events without telling the journal, as another server does. */
  storeUnseen(...events: SessionEvent[]): Promise<number>;
  preview(preview: PreviewEvent): void;
  subscribe(after: number, options?: { waitUntilWritable?: () => Promise<void> }): Reader;
}

/** A subscriber that records what it gets, in order. */
export interface Reader extends Subscription {
  received: (SequencedEvent | { preview: PreviewEvent })[];
  seqs(): number[];
  failures: unknown[];
}

/**
 * `latency` is awaited after a statement has run and before its caller gets the result, like the way back from a
 * database.
 */
export async function openJournalHarness(
  latency: { afterRead?: () => Promise<void>; afterAppend?: () => Promise<void> } = {},
): Promise<JournalHarness> {
  const store = await openStore({ url: 'sqlite::memory:' });
  const { id: sessionId } = await createSession(store);
  const acquired = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 60_000 });
  if (acquired.state === 'held') throw new Error('A new session is held');
  const journal = createJournal({
    store: {
      ...store,
      events: {
        ...store.events,
        async append(...args) {
          const first = await store.events.append(...args);
          await latency.afterAppend?.();
          return first;
        },
        async readTextAfter(...args) {
          const rows = await store.events.readTextAfter(...args);
          await latency.afterRead?.();
          return rows;
        },
      },
    },
  });
  return {
    journal,
    store,
    sessionId,
    append: (...events) => journal.append({ sessionId, fence: acquired.lease.fence, events }),
    storeUnseen: (...events) =>
      store.events.append(
        sessionId,
        acquired.lease.fence,
        events.map((body) => ({ id: body.id, type: body.type, body })),
      ),
    preview: (preview) => journal.preview(sessionId, preview),
    subscribe(after, { waitUntilWritable = () => Promise.resolve() } = {}) {
      const received: Reader['received'] = [];
      const failures: unknown[] = [];
      const subscriber: Subscriber = {
        onEvents: (events) => void received.push(...events),
        onPreview: (preview) => void received.push({ preview }),
        waitUntilWritable,
        onFailure: (error) => void failures.push(error),
      };
      const subscription = journal.subscribe(sessionId, after, subscriber);
      const seqs = () => received.flatMap((each) => ('seq' in each ? [each.seq] : []));
      return { received, failures, seqs, close: () => subscription.close() };
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

export function toMessage(id: string, text = ''): SessionEvent {
  return { id, processed_at: '2026-02-01T12:00:00.000Z', type: 'agent.message', content: [{ type: 'text', text }] };
}

export function toIdle(id: string): SessionEvent {
  const processed_at = '2026-02-01T12:00:00.000Z';
  return { id, processed_at, type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null };
}

export function toStart(id: string): PreviewEvent {
  return { type: 'event_start', event: { id, type: 'agent.message' } };
}

export function toDelta(id: string, text: string): PreviewEvent {
  return {
    type: 'event_delta',
    event_id: id,
    delta: { type: 'content_delta', content: { type: 'text', text }, index: 0 },
  };
}
