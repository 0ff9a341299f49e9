import { performance } from 'node:perf_hooks';

import { openBenchJournal } from './bench-journal.ts';
import { createSampleEvent } from './sample-event.ts';

export interface ReplayOptions {
  /** `sqlite:PATH` or `postgres://…`; a new session is made in it. */
  url: string;
  events: number;
  /** Readers that replay at the same time. Default 1. */
  readers?: number;
  /** Size of an event's text. Default 500. */
  textBytes?: number;
}

export interface Replay {
  /** Until every reader had every event, milliseconds. */
  durationMs: number;
  /** Over all readers. */
  eventsPerSecond: number;
  /** Most memory above the start, bytes, as sampled once per thousand events. */
  peakHeapBytes: number;
}

const APPEND_AT_ONCE = 1000;

/** How fast a journal replays a long history to readers that take whatever comes. */
export async function measureReplay(options: ReplayOptions): Promise<Replay> {
  const { events, readers = 1, textBytes = 500 } = options;
  await using bench = await openBenchJournal(options.url, 1);
  const [session] = bench.sessions;
  if (session === undefined) throw new Error('No session was made');
  for (let left = events; left > 0; left -= APPEND_AT_ONCE) {
    const batch = Array.from({ length: Math.min(left, APPEND_AT_ONCE) }, () => createSampleEvent(textBytes));
    await bench.journal.append({ sessionId: session.id, fence: session.fence, events: batch });
  }

  const heapAtStart = process.memoryUsage().heapUsed;
  let peakHeapBytes = 0;
  const startedAt = performance.now();
  const replays = Array.from({ length: readers }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let expected = 1;
    const subscription = bench.journal.subscribe(session.id, 0, {
      onEvents(got) {
        for (const { seq } of got) {
          if (seq !== expected) reject(new Error(`Got seq ${seq}, not ${expected}`));
          expected += 1;
          if (seq % 1000 === 0) peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed - heapAtStart);
        }
        if (expected > events) resolve();
      },
      onPreview: () => undefined,
      waitUntilWritable: () => Promise.resolve(),
      onFailure: reject,
    });
    return promise.finally(() => subscription.close());
  });
  await Promise.all(replays);
  const durationMs = performance.now() - startedAt;
  return { durationMs, eventsPerSecond: (events * readers * 1000) / durationMs, peakHeapBytes };
}
