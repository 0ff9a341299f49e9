import { performance } from 'node:perf_hooks';

import type { SequencedEvent } from '../../../apps/server/src/journal/sequenced-event.ts';
import { openBenchJournal } from './bench-journal.ts';
import { createSampleEvent } from './sample-event.ts';

export interface FanOutOptions {
  /** `sqlite:PATH` or `postgres://…`; a new session is made in it. */
  url: string;
  readers: number;
  /** Events that are appended, one after the other. */
  events: number;
  /** What a reader does with an event, such as sending it. By default it only counts. */
  onEvent?: (event: SequencedEvent, reader: number) => void;
  /** Size of an event's text. Default 500. */
  textBytes?: number;
}

export interface FanOut {
  /** Events that readers got, all readers together, per second. */
  deliveriesPerSecond: number;
  appendsPerSecond: number;
}

/** How fast one session's events reach all its live readers inside the server, storing included. */
export async function measureFanOut(options: FanOutOptions): Promise<FanOut> {
  const { readers, events, textBytes = 500, onEvent = () => undefined } = options;
  await using bench = await openBenchJournal(options.url, 1);
  const [session] = bench.sessions;
  if (session === undefined) throw new Error('No session was made');
  const append = () =>
    bench.journal.append({ sessionId: session.id, fence: session.fence, events: [createSampleEvent(textBytes)] });

  const attached: Promise<void>[] = [];
  let delivered = 0;
  const subscriptions = Array.from({ length: readers }, (_, reader) => {
    const live = Promise.withResolvers<void>();
    attached.push(live.promise);
    return bench.journal.subscribe(session.id, 0, {
      onEvents(got) {
        delivered += got.length;
        for (const event of got) onEvent(event, reader);
        live.resolve();
      },
      onPreview: () => undefined,
      waitUntilWritable: () => Promise.resolve(),
      onFailure: live.reject,
    });
  });
  await append();
  await Promise.all(attached);

  delivered = 0;
  const startedAt = performance.now();
  for (let index = 0; index < events; index += 1) await append();
  const seconds = (performance.now() - startedAt) / 1000;
  for (const subscription of subscriptions) subscription.close();
  if (delivered !== readers * events) throw new Error(`Readers got ${delivered} of ${readers * events} events`);
  return { deliveriesPerSecond: delivered / seconds, appendsPerSecond: events / seconds };
}
