import { setImmediate } from 'node:timers/promises';

import type { PreviewEvent } from '@claude-sdk-pattern/protocol';

import type { SequencedEvent } from './sequenced-event.ts';

/** Callbacks of a reader of a session's journal. They are called in order and must not throw. */
export interface Subscriber {
  /** Never empty; rising `seq` without gap. */
  onEvents(events: readonly SequencedEvent[]): void;
  onPreview(preview: PreviewEvent): void;
  /** Awaited behind each event of a replay, so that a slow reader is not flooded. */
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
  /** Runs the task when everything that is stored is published too, and before anything else is stored. */
  runInOrder(task: () => void): Promise<void>;
}

/** Events in a page of a replay: the first page, and the most. */
const FIRST_PAGE = 25;
const MAX_PAGE = 250;
/** Target size of a page, in bytes of JSON: a single event may be a megabyte. */
const PAGE_BYTES = 256 * 1024;
/** Live events that wait for the end of a replay; when there are more they are read from the store instead. */
const MAX_WAITING = 20;

/** A subscription from the journal's side: what is published goes in here. */
export interface LiveSubscription extends Subscription {
  publish(events: readonly SequencedEvent[]): void;
  preview(preview: PreviewEvent): void;
  /** The session has this `seq`, stored by another server: what is missing is read. */
  wake(lastSeq: number): void;
  /** Reads what is stored after the starting `seq`, then lets live events through. */
  replay(): Promise<void>;
}

type State =
  | { state: 'replaying'; cursor: number; waiting: SequencedEvent[] }
  | { state: 'live'; cursor: number }
  | { state: 'closed' };

/**
 * Joins the stored past with the live present: live events wait while the past is read; then those that the past had
 * already are dropped, by `seq`. When a live event shows that some before it were stored and never published (by another
 * node, or by an append that failed after its commit), the past is read again from there.
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

  // Read through a call, because every await lets `close` run.
  const isClosed = () => current.state === 'closed';

  const close = () => {
    if (isClosed()) return;
    current = { state: 'closed' };
    onClose();
  };

  /** Lets live events through, unless some of them were not kept: then more has to be read. */
  const goLive = () => {
    if (current.state !== 'replaying') return;
    const { cursor, waiting } = current;
    const next = waiting[0];
    if (next !== undefined && next.seq > cursor + 1) return;
    current = { state: 'live', cursor };
    current.cursor = deliver(cursor, waiting);
    // The subscriber may have closed on what it got.
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
      // In order, because an event may be stored and not published yet: its preview must not come after it.
      if (!hasMore) await source.runInOrder(goLive);
      // SQLite answers within the same turn of the event loop: a long history must not keep everybody else waiting.
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

/** Keeps the waiting events few and without gaps; dropped events are read from the store. */
function keepNewest(waiting: readonly SequencedEvent[], events: readonly SequencedEvent[]): SequencedEvent[] {
  const hasGap = waiting.length > 0 && waiting.at(-1)?.seq !== (events[0]?.seq ?? 0) - 1;
  return hasGap || waiting.length + events.length > MAX_WAITING ? [...events] : [...waiting, ...events];
}
