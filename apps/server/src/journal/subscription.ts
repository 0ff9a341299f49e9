import { setImmediate } from 'node:timers/promises';

import type { PreviewEvent } from '@claude-sdk-pattern/protocol';

import type { SequencedEvent } from './sequenced-event.ts';

/** Callbacks of a subscriber. They are called in order and must not throw. */
export interface Subscriber {
  /** At least one event, in rising `seq` without gaps. */
  onEvents(events: readonly SequencedEvent[]): void;
  onPreview(preview: PreviewEvent): void;
  /** Awaited after each event of a replay, so that a slow client is not flooded. */
  waitUntilWritable(): Promise<void>;
  /** The replay failed: the subscriber got everything up to some `seq` and should attach again. */
  onFailure(error: unknown): void;
}

export interface Subscription {
  close(): void;
}

export interface ReplayPage {
  events: readonly SequencedEvent[];
  /** Whether more events follow this page. */
  hasMore: boolean;
}

export interface ReplaySource {
  readAfter(after: number, bounds: { limit: number; maxBytes: number }): Promise<ReplayPage>;
  previews(): readonly PreviewEvent[];
  /** Runs the task when every stored event is also published, and before another is stored. */
  runInOrder(task: () => void): Promise<void>;
}

/** Events in the first page of a replay, and the most in later ones. */
const FIRST_PAGE = 25;
const MAX_PAGE = 250;
/** Target size of a page, in bytes of JSON. A single event may have a megabyte. */
const PAGE_BYTES = 256 * 1024;
/** The most live events that wait for the end of a replay. When there are more, they are read from the store. */
const MAX_WAITING = 20;

/** A subscription as the journal uses it. */
export interface LiveSubscription extends Subscription {
  publish(events: readonly SequencedEvent[]): void;
  preview(preview: PreviewEvent): void;
  /** Another server stored events up to this `seq`; missing ones are read from the store. */
  wake(lastSeq: number): void;
  /** Sends the stored events after the starting `seq`, then switches to live events. */
  replay(): Promise<void>;
}

type State =
  | { state: 'replaying'; cursor: number; waiting: SequencedEvent[] }
  | { state: 'live'; cursor: number }
  | { state: 'closed' };

/**
 * Sends the stored events, then live ones. Live events wait during the replay; those that the replay had already are
 * dropped by `seq`. A live event may show that earlier ones were stored and never published (by another server, or by
 * an append that failed after its commit). Then the replay begins again there.
 */
export function createSubscription(options: {
  after: number;
  source: ReplaySource;
  subscriber: Subscriber;
  onClose: () => void;
}): LiveSubscription {
  const { source, subscriber, onClose } = options;
  let current: State = { state: 'replaying', cursor: options.after, waiting: [] };
  let isReading = false;

  const deliver = (from: number, events: readonly SequencedEvent[]): number => {
    const fresh = events.filter((event) => event.seq > from);
    if (fresh.length > 0) subscriber.onEvents(fresh);
    return fresh.at(-1)?.seq ?? from;
  };

  // A function, because every await lets `close` run.
  const isClosed = () => current.state === 'closed';

  const close = () => {
    if (isClosed()) return;
    current = { state: 'closed' };
    onClose();
  };

  /** Switches to live events, unless some of them were dropped: then the replay continues. */
  const goLive = () => {
    if (current.state !== 'replaying') return;
    const { cursor, waiting } = current;
    const next = waiting[0];
    if (next !== undefined && next.seq > cursor + 1) return;
    current = { state: 'live', cursor };
    current.cursor = deliver(cursor, waiting);
    // The subscriber may have closed the subscription in `onEvents`.
    if (!isClosed()) for (const preview of source.previews()) subscriber.onPreview(preview);
  };

  const replayPages = async (): Promise<void> => {
    isReading = true;
    let limit = FIRST_PAGE;
    while (current.state === 'replaying') {
      const { events, hasMore } = await source.readAfter(current.cursor, { limit, maxBytes: PAGE_BYTES });
      for (const event of events) {
        if (isClosed()) return;
        current.cursor = deliver(current.cursor, [event]);
        await subscriber.waitUntilWritable();
      }
      // In order, because an event may be stored and not published yet. Its preview must not come after it.
      if (!hasMore) await source.runInOrder(goLive);
      // SQLite answers in the same turn of the event loop: without this a long history would block everything else.
      else await setImmediate();
      limit = MAX_PAGE;
    }
    isReading = false;
  };

  const replay = async (): Promise<void> => {
    // A read that is already running continues until the subscription is live again.
    if (current.state !== 'replaying' || isReading) return;
    try {
      await replayPages();
    } catch (error) {
      close();
      subscriber.onFailure(error);
    }
  };

  return {
    publish(events) {
      const next = events[0];
      if (current.state === 'replaying') current.waiting = keepNewest(current.waiting, events);
      else if (current.state === 'live' && next !== undefined && next.seq > current.cursor + 1) {
        current = { state: 'replaying', cursor: current.cursor, waiting: [...events] };
        void replay();
      } else if (current.state === 'live') current.cursor = deliver(current.cursor, events);
    },
    wake(lastSeq) {
      if (current.state !== 'live' || lastSeq <= current.cursor) return;
      current = { state: 'replaying', cursor: current.cursor, waiting: [] };
      void replay();
    },
    preview(preview) {
      if (current.state === 'live') subscriber.onPreview(preview);
    },
    replay,
    close,
  };
}

/** Keeps a few waiting events without gaps. Dropped ones are read from the store. */
function keepNewest(waiting: readonly SequencedEvent[], events: readonly SequencedEvent[]): SequencedEvent[] {
  const hasGap = waiting.length > 0 && waiting.at(-1)?.seq !== (events[0]?.seq ?? 0) - 1;
  return hasGap || waiting.length + events.length > MAX_WAITING ? [...events] : [...waiting, ...events];
}
