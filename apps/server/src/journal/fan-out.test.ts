import { until } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openJournalHarness, toMessage, type JournalHarness, type Reader } from './fixtures/journal-harness.ts';

type Step =
  | { do: 'append' | 'unseen' | 'tick'; count: number }
  | { do: 'subscribe'; after: number; pace: number }
  | { do: 'close'; reader: number };

const counted = (what: 'append' | 'unseen' | 'tick', max: number) =>
  fc.record({ do: fc.constant(what), count: fc.integer({ min: 1, max }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: counted('append', 30) },
  { weight: 2, arbitrary: counted('unseen', 5) },
  { weight: 4, arbitrary: counted('tick', 3) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      after: fc.double({ min: 0, max: 1, noNaN: true }),
      pace: fc.nat({ max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), reader: fc.nat({ max: 5 }) }) },
);

const tick = () => new Promise<void>((resolve) => void setImmediate(resolve));
const pause = async (ticks: number) => {
  for (let left = ticks; left > 0; left -= 1) await tick();
};
const createEvents = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => toMessage(`${name} ${index}`, 'x'.repeat(index * 7)));

interface Attached {
  reader: Reader;
  after: number;
  /** How much it had when it closed. */
  closedWith?: number;
}

/** Does the steps with one append after the other, as a session's owner does, and readers at every pace. */
async function play(harness: JournalHarness, past: number, steps: readonly Step[]): Promise<Attached[]> {
  const readers: Attached[] = [];
  let stored = past;
  let appending: Promise<unknown> = past > 0 ? harness.append(...createEvents('past', past)) : Promise.resolve();
  await appending;
  for (const [index, each] of steps.entries()) {
    switch (each.do) {
      case 'append': {
        const events = createEvents(`event ${index}`, each.count);
        // Not awaited: readers come and go while it is under way.
        appending = appending.then(() => harness.append(...events));
        break;
      }
      case 'unseen':
        await appending;
        await harness.storeUnseen(...createEvents(`unseen ${index}`, each.count));
        break;
      case 'tick':
        await pause(each.count);
        break;
      case 'subscribe': {
        stored = (await harness.store.sessions.find(harness.sessionId))?.lastSeq ?? stored;
        const after = Math.floor(each.after * stored);
        const reader = harness.subscribe(after, { waitUntilWritable: () => pause(each.pace) });
        readers.push({ reader, after });
        break;
      }
      case 'close': {
        const closing = readers[each.reader];
        if (closing === undefined || closing.closedWith !== undefined) break;
        closing.reader.close();
        closing.closedWith = closing.reader.received.length;
        break;
      }
    }
  }
  await appending;
  await harness.append(toMessage('last'));
  return readers;
}

describe('fan-out', () => {
  it('gives each reader each event once and in order, at any pace, also what another node stored', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 20, 400),
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.nat({ max: 4 })),
        async (past, steps, ticks) => {
          const wait = () => pause(ticks.next().value ?? 0);
          await using harness = await openJournalHarness({ afterRead: wait, afterAppend: wait });
          const readers = await play(harness, past, steps);
          const truth = await harness.store.events.readAfter(harness.sessionId, 0, 10_000);
          for (const { reader, after, closedWith } of readers) {
            if (closedWith === undefined) await until('the last event', () => reader.seqs().at(-1) === truth.length);
            expect(reader.received.length).toBe(closedWith ?? truth.length - after);
            const expected = truth.slice(after, after + reader.received.length);
            expect(reader.seqs()).toEqual(expected.map(({ seq }) => seq));
            expect(reader.received).toMatchObject(
              expected.map(({ id, type, body }) => ({ id, type, event: body, json: JSON.stringify(body) })),
            );
            expect(reader.failures).toEqual([]);
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('encodes an event once for all of a hundred readers', async () => {
    await using harness = await openJournalHarness();
    const readers = Array.from({ length: 100 }, () => harness.subscribe(0));
    await harness.append(toMessage('first'));
    for (const reader of readers) await until('the first event', () => reader.received.length === 1);
    let encoded = 0;
    const toJSON = () => {
      encoded += 1;
      return { type: 'agent.message' };
    };
    await harness.append(Object.assign(toMessage('counted'), { toJSON }));
    for (const reader of readers) expect(reader.received.at(-1)).toBe(readers[0]?.received.at(-1));
    expect(encoded).toBe(1);
  });

  it('reads a long history in pages that hold little at once, however large its events are', async () => {
    await using harness = await openJournalHarness();
    const large = 'x'.repeat(128 * 1024);
    await harness.append(...Array.from({ length: 60 }, (_, index) => toMessage(`large ${index}`, large)));
    const pages: number[] = [];
    const { readTextAfter } = harness.store.events;
    harness.store.events.readTextAfter = async (...args) => {
      const page = await readTextAfter(...args);
      pages.push(page.events.length);
      return page;
    };
    const reader = harness.subscribe(0);
    await until('all of them', () => reader.received.length === 60);
    expect(Math.max(...pages)).toBeLessThanOrEqual(2);
    expect(reader.seqs()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});
