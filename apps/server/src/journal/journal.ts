import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { createSerialQueue, type SerialQueue } from '../lib/serial-queue.ts';
import type { NewEvent } from '../store/event-rows.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { createPreviewBoard, type PreviewBoard } from './preview-board.ts';
import { toSequencedEvent, type SequencedEvent } from './sequenced-event.ts';
import { createSubscription, type LiveSubscription, type Subscriber, type Subscription } from './subscription.ts';

export interface AppendRequest {
  sessionId: string;
  /** The fence of the lease under which the session is served; an outdated one is refused with `StaleFenceError`. */
  fence: number;
  events: readonly SessionEvent[];
  /** Runs in the same transaction, after the events have their numbers. */
  within?: (transaction: StoreTransaction, firstSeq: number) => Promise<void>;
  /** Called with the `seq` of the first when all of it is committed, before it is durable and published. Must not throw. */
  onCommitted?: (firstSeq: number) => void;
}

/** The durable, ordered log of every session, and its fan-out. */
export interface Journal {
  /**
   * Stores the events, then publishes them; resolves with the `seq` of the first when they are durable. The next append of
   * the session is committed while this one is flushed to the disk.
   */
  append(request: AppendRequest): Promise<number>;
  /** Publishes a preview behind every append that was asked for before it. Never stored. */
  preview(sessionId: string, preview: PreviewEvent): void;
  /** Replays the events after `after`, then sends new ones. The replay starts after the caller's synchronous code. */
  subscribe(sessionId: string, after: number, subscriber: Subscriber): Subscription;
  /** Another server has stored events of the session, up to this `seq`: readers here get them. */
  wake(sessionId: string, lastSeq: number): void;
  /** Forgets the previews of a session that was deleted: no event ends them any more. */
  forget(sessionId: string): void;
  /** Resolves when all appends asked for so far are done. */
  flush(): Promise<void>;
}

interface Topic {
  commits: SerialQueue;
  /** Behind the flush of each append, in the order of their commits. */
  publications: SerialQueue;
  /** Appends and previews that were asked for and are not published yet: later previews wait behind them. */
  pending: number;
  previews: PreviewBoard;
  subscriptions: Set<LiveSubscription>;
}

type EncodedEvent = Required<NewEvent>;

/** Once for the store and for every reader. */
function encode(event: SessionEvent): EncodedEvent {
  return { id: event.id, type: event.type, body: event, json: JSON.stringify(event) };
}

export interface JournalDeps {
  store: Store;
  /** Called with events that were appended, once they are published; must not throw. For counting, not for acting. */
  onPublished?(sessionId: string, events: readonly SessionEvent[]): void;
}

export function createJournal({ store, onPublished }: JournalDeps): Journal {
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

  /** A session that nobody reads and nothing is written to costs no memory. */
  const release = (sessionId: string, topic: Topic) => {
    if (topic.subscriptions.size === 0 && topic.pending === 0 && topic.previews.isEmpty()) topics.delete(sessionId);
  };

  /** Runs behind everything that was asked for before, and holds later previews back until it is done. */
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

  const publishPreview = (topic: Topic, preview: PreviewEvent) => {
    topic.previews.add(preview);
    for (const subscription of topic.subscriptions) subscription.preview(preview);
  };

  const write = async (
    { sessionId, fence, within }: AppendRequest,
    rows: readonly EncodedEvent[],
    onCommitted: (firstSeq: number) => void,
  ): Promise<number> => {
    if (within === undefined) return store.events.append(sessionId, fence, rows, { onCommitted });
    let first = 0;
    return store.transaction(
      async (transaction) => {
        first = await transaction.events.append(sessionId, fence, rows);
        await within(transaction, first);
        return first;
      },
      { onCommitted: () => onCommitted(first) },
    );
  };

  /** Resolves when the events are committed, with what settles when they are durable. */
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
      const rows = request.events.map(encode);
      const written = getTopic(request.sessionId).commits.run(() => commit(request, rows));
      return runInOrder(request.sessionId, async (topic) => {
        const { durable } = await written;
        const first = await durable;
        publish(
          topic,
          rows.map(({ id, type, body, json }, index) => ({ seq: first + index, id, type, json, event: body })),
        );
        onPublished?.(request.sessionId, request.events);
        if (rows.length > 0) store.appends.tell({ sessionId: request.sessionId, lastSeq: first + rows.length - 1 });
        return first;
      });
    },

    preview(sessionId, preview) {
      const topic = getTopic(sessionId);
      if (topic.pending === 0) {
        publishPreview(topic, preview);
        release(sessionId, topic);
      } else void runInOrder(sessionId, async () => publishPreview(topic, preview));
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
