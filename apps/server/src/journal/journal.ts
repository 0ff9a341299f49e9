import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { createSerialQueue, type SerialQueue } from '../lib/serial-queue.ts';
import type { AuditFact } from '../store/audit-facts.ts';
import type { NewEvent } from '../store/event-rows.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { createPreviewBoard, type PreviewBoard } from './preview-board.ts';
import { toSequencedEvent, type SequencedEvent } from './sequenced-event.ts';
import { createSubscription, type LiveSubscription, type Subscriber, type Subscription } from './subscription.ts';

export interface AppendRequest {
  sessionId: string;
  /** The fence of the lease under which this server holds the session. `StaleFenceError` when it is outdated. */
  fence: number;
  events: readonly SessionEvent[];
  /** Facts for the audit log that are stored in the same transaction. */
  facts?: readonly AuditFact[];
  /** Runs in the same transaction, after the events have their `seq`. */
  within?: (transaction: StoreTransaction, firstSeq: number) => Promise<void>;
  /**
   * Called with the `seq` of the first event after the commit, before the events are flushed and published. Must not
   * throw.
   */
  onCommitted?: (firstSeq: number) => void;
}

/** The durable, ordered log of every session. Stores events, then publishes them to subscribers. */
export interface Journal {
  /**
   * Stores the events, then publishes them. Resolves with the `seq` of the first when they are flushed to the disk.
   * The next append of the session can commit while this one is flushed.
   */
  append(request: AppendRequest): Promise<number>;
  /** Publishes a preview after every append that was requested before it. Never stores it. */
  preview(sessionId: string, preview: PreviewEvent): void;
  /** Sends the events after `after`, then new ones. Begins after the caller's synchronous code. */
  subscribe(sessionId: string, after: number, subscriber: Subscriber): Subscription;
  /** Another server has stored events of the session up to this `seq`. Subscriptions read them from the store. */
  wake(sessionId: string, lastSeq: number): void;
  /** Drops the previews of a session that was deleted or is not served here any more, for no event will end them. */
  forget(sessionId: string): void;
  /** Resolves when all appends requested so far are done. */
  flush(): Promise<void>;
}

interface Topic {
  commits: SerialQueue;
  /** Publishes each append after its flush, in the order of the commits. */
  publications: SerialQueue;
  /** Appends and previews that were requested and not published yet. Later previews wait for them. */
  pending: number;
  previews: PreviewBoard;
  subscriptions: Set<LiveSubscription>;
}

type EncodedEvent = Required<NewEvent>;

/** Encodes an event once, for the store and for every subscriber. */
function encode(event: SessionEvent): EncodedEvent {
  return { id: event.id, type: event.type, body: event, json: JSON.stringify(event) };
}

export interface JournalDeps {
  store: Store;
  /**
   * Called with appended events after they are published; must not throw. `requestedAtMs`: when they were appended, as
   * `performance.now()` counts.
   */
  onPublished?(sessionId: string, events: readonly SessionEvent[], requestedAtMs: number): void;
  /** Called with each preview after it is published; must not throw. */
  onPreview?(sessionId: string, preview: PreviewEvent): void;
  /** Called when an append begins, and its answer when that has ended. Neither may throw. */
  beginAppend?(events: number): (outcome: 'stored' | 'failed') => void;
}

/** Over 100 lines: all methods share the topics, which nothing else may change. */
export function createJournal({ store, onPublished, onPreview, beginAppend }: JournalDeps): Journal {
  const topics = new Map<string, Topic>();

  const getTopic = (sessionId: string): Topic => {
    const existing = topics.get(sessionId);
    if (existing) return existing;
    const topic: Topic = {
      commits: createSerialQueue(),
      publications: createSerialQueue(),
      pending: 0,
      previews: createPreviewBoard(),
      subscriptions: new Set(),
    };
    topics.set(sessionId, topic);
    return topic;
  };

  /** A session without subscribers and pending writes takes no memory. */
  const release = (sessionId: string, topic: Topic) => {
    if (topic.subscriptions.size === 0 && topic.pending === 0 && topic.previews.isEmpty()) topics.delete(sessionId);
  };

  /** Runs the task after everything requested before it, and holds back later previews until it is done. */
  const runInOrder = async <T>(sessionId: string, task: (topic: Topic) => Promise<T>): Promise<T> => {
    const topic = getTopic(sessionId);
    topic.pending += 1;
    try {
      return await topic.publications.run(() => task(topic));
    } finally {
      topic.pending -= 1;
      release(sessionId, topic);
    }
  };

  const publish = (topic: Topic, events: readonly SequencedEvent[]) => {
    for (const { event } of events) topic.previews.end(event);
    for (const subscription of topic.subscriptions) subscription.publish(events);
  };

  const publishPreview = (sessionId: string, topic: Topic, preview: PreviewEvent) => {
    topic.previews.add(preview);
    for (const subscription of topic.subscriptions) subscription.preview(preview);
    onPreview?.(sessionId, preview);
  };

  const write = async (
    { sessionId, fence, within, facts }: AppendRequest,
    rows: readonly EncodedEvent[],
    onCommitted: (firstSeq: number) => void,
  ): Promise<number> => {
    if (within === undefined) return store.events.append(sessionId, fence, rows, { onCommitted, facts });
    let first = 0;
    return store.transaction(
      async (transaction) => {
        first = await transaction.events.append(sessionId, fence, rows, { facts });
        await within(transaction, first);
        return first;
      },
      { onCommitted: () => onCommitted(first) },
    );
  };

  /** Resolves after the commit, with a promise that resolves after the flush. */
  const commit = (request: AppendRequest, rows: readonly EncodedEvent[]): Promise<{ durable: Promise<number> }> => {
    const committed = Promise.withResolvers<void>();
    const durable = write(request, rows, (first) => {
      request.onCommitted?.(first);
      committed.resolve();
    });
    durable.then(() => committed.resolve(), committed.reject);
    return committed.promise.then(() => ({ durable }));
  };

  const wake = (sessionId: string, lastSeq: number): void => {
    for (const subscription of topics.get(sessionId)?.subscriptions ?? []) subscription.wake(lastSeq);
  };

  store.appends.listen({
    onAppended: ({ sessionId, lastSeq }) => wake(sessionId, lastSeq),
    onMissed() {
      for (const sessionId of topics.keys()) wake(sessionId, Infinity);
    },
  });

  return {
    wake,

    append(request) {
      const requestedAtMs = performance.now();
      const endAppend = beginAppend?.(request.events.length);
      const rows = request.events.map(encode);
      const written = getTopic(request.sessionId).commits.run(() => commit(request, rows));
      return runInOrder(request.sessionId, async (topic) => {
        const first = await written
          .then(({ durable }) => durable)
          .catch((error: unknown) => {
            endAppend?.('failed');
            throw error;
          });
        endAppend?.('stored');
        publish(
          topic,
          rows.map(({ id, type, body, json }, index) => ({ seq: first + index, id, type, json, event: body })),
        );
        onPublished?.(request.sessionId, request.events, requestedAtMs);
        if (rows.length > 0) store.appends.tell({ sessionId: request.sessionId, lastSeq: first + rows.length - 1 });
        return first;
      });
    },

    preview(sessionId, preview) {
      const topic = getTopic(sessionId);
      if (topic.pending === 0) {
        publishPreview(sessionId, topic, preview);
        release(sessionId, topic);
      } else void runInOrder(sessionId, async () => publishPreview(sessionId, topic, preview));
    },

    subscribe(sessionId, after, subscriber) {
      const topic = getTopic(sessionId);
      const subscription = createSubscription({
        after,
        subscriber,
        source: {
          async readAfter(from, bounds) {
            const { events, hasMore } = await store.events.readTextAfter(sessionId, from, bounds);
            return { events: events.map(toSequencedEvent), hasMore };
          },
          previews: () => topic.previews.snapshot(),
          runInOrder: (task) => runInOrder(sessionId, async () => task()),
        },
        onClose: () => {
          topic.subscriptions.delete(subscription);
          release(sessionId, topic);
        },
      });
      topic.subscriptions.add(subscription);
      void subscription.replay();
      return subscription;
    },

    forget(sessionId) {
      const topic = topics.get(sessionId);
      if (topic === undefined) return;
      topic.previews.clear();
      release(sessionId, topic);
    },

    async flush() {
      await Promise.all([...topics.values()].map((topic) => topic.publications.idle()));
    },
  };
}
