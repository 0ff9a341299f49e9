import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

export interface SequencedEvent {
  seq: number;
  event: SessionEvent;
}

/** Who reads a session's journal. Calls are in order; none may throw. */
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

export interface ReplaySource {
  readAfter(after: number, limit: number): Promise<readonly SequencedEvent[]>;
  previews(): readonly PreviewEvent[];
  /** Runs the task when everything that is stored is published too, and before anything else is stored. */
  runInOrder(task: () => void): Promise<void>;
}

/** Few enough to be held at once, though a single event may be a megabyte. */
const REPLAY_PAGE = 100;
/** Live events that wait for the end of a replay; when there are more they are read from the store instead. */
const MAX_WAITING = 20;

/** A subscription from the journal's side: what is published goes in here. */
export interface LiveSubscription extends Subscription {
  publish(events: readonly SequencedEvent[]): void;
  preview(preview: PreviewEvent): void;
  /** Reads what is stored after the starting `seq`, then lets live events through. */
  replay(): Promise<void>;
}

type State =
  | { state: 'replaying'; cursor: number; waiting: SequencedEvent[] }
  | { state: 'live'; cursor: number }
  | { state: 'closed' };

/**
 * Joins the stored past with the live present: live events wait while the past is read; then those that the past had
 * already are dropped, by `seq`.
 */
export function createSubscription(options: {
  after: number;
  source: ReplaySource;
  subscriber: Subscriber;
  onClose: () => void;
}): LiveSubscription {
  const { source, subscriber, onClose } = options;
  let current: State = { state: 'replaying', cursor: options.after, waiting: [] };

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
    while (current.state === 'replaying') {
      const page = await source.readAfter(current.cursor, REPLAY_PAGE);
      for (const event of page) {
        if (isClosed()) return;
        current.cursor = deliver(current.cursor, [event]);
        await subscriber.waitUntilWritable();
      }
      // In order, because an event may be stored and not published yet: its preview must not come after it.
      if (page.length < REPLAY_PAGE) await source.runInOrder(goLive);
    }
  };

  return {
    publish(events) {
      if (current.state === 'replaying') current.waiting = keepNewest(current.waiting, events);
      else if (current.state === 'live') current.cursor = deliver(current.cursor, events);
    },
    preview(preview) {
      if (current.state === 'live') subscriber.onPreview(preview);
    },
    async replay() {
      if (current.state !== 'replaying') return;
      try {
        await replayPages();
      } catch (error) {
        close();
        subscriber.onFailure(error);
      }
    },
    close,
  };
}

function keepNewest(waiting: readonly SequencedEvent[], events: readonly SequencedEvent[]): SequencedEvent[] {
  return waiting.length + events.length > MAX_WAITING ? [...events] : [...waiting, ...events];
}
