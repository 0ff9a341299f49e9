import { until } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  openJournalHarness,
  toDelta,
  toIdle,
  toMessage,
  toStart,
  type JournalHarness,
  type Reader,
} from './fixtures/journal-harness.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index + 1);

const waitForSeq = (reader: Reader, seq: number) => until(`seq ${seq}`, () => (reader.seqs().at(-1) ?? 0) >= seq);

/** A gate that a test opens when it wants to. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('waking', () => {
  it('gives readers what another server has stored, and nothing twice', async () => {
    await using harness = await openJournalHarness();
    const { journal, sessionId } = harness;
    const reader = harness.subscribe(0);
    await harness.append(toMessage('a'));
    await harness.storeUnseen(toMessage('b'), toMessage('c'));
    expect(reader.seqs()).toEqual([1]);
    journal.wake(sessionId, 3);
    await waitForSeq(reader, 3);
    journal.wake(sessionId, 2);
    journal.wake('sesn_of_nobody', 9);
    await harness.append(toMessage('d'));
    await waitForSeq(reader, 4);
    expect(reader.seqs()).toEqual([1, 2, 3, 4]);
  });
});

describe('appending', () => {
  it('stores before anyone is told', async () => {
    const committed = createGate();
    await using harness = await openJournalHarness({ afterAppend: () => committed.opened });
    const reader = harness.subscribe(0);
    const appended = harness.append(toMessage('a'));
    await until(
      'the event is stored',
      async () => (await harness.store.events.readAfter(harness.sessionId, 0, 1)).length === 1,
    );
    expect(reader.received).toEqual([]);
    committed.open();
    expect(await appended).toBe(1);
    expect(reader.seqs()).toEqual([1]);
  });

  it('goes on after an append that was refused, which nobody sees', async () => {
    await using harness = await openJournalHarness();
    const reader = harness.subscribe(0);
    const { journal, sessionId } = harness;
    const outdated = journal.append({ sessionId, fence: 999, events: [toMessage('a')] });
    const valid = harness.append(toMessage('b'));
    await expect(outdated).rejects.toThrow();
    expect(await valid).toBe(1);
    await waitForSeq(reader, 1);
    expect(reader.received).toMatchObject([{ seq: 1, event: { id: 'b' } }]);
  });

  it('publishes nothing of a transaction that failed', async () => {
    await using harness = await openJournalHarness();
    const reader = harness.subscribe(0);
    const { journal, sessionId } = harness;
    const failed = journal.append({
      sessionId,
      fence: 1,
      events: [toMessage('a')],
      within: () => Promise.reject(new Error('no')),
    });
    await expect(failed).rejects.toThrow('no');
    await harness.append(toMessage('b'));
    await waitForSeq(reader, 1);
    expect(reader.received).toMatchObject([{ seq: 1, event: { id: 'b' } }]);
  });
});

describe('attaching in the middle of a message', () => {
  it('gives its start and one delta with the text so far, then the live ones', async () => {
    await using harness = await openJournalHarness();
    harness.preview(toStart('a'));
    for (const text of ['one ', 'two ', 'three ']) harness.preview(toDelta('a', text));
    const reader = harness.subscribe(0);
    await until('the reader is live', () => reader.received.length > 0);
    harness.preview(toDelta('a', 'four'));
    await harness.append(toMessage('a'));
    expect(reader.received).toMatchObject([
      { preview: toStart('a') },
      { preview: toDelta('a', 'one two three ') },
      { preview: toDelta('a', 'four') },
      { seq: 1, event: { id: 'a' } },
    ]);
  });

  it('gives no preview of an event that it has read, though nobody was told of it yet', async () => {
    const committed = createGate();
    await using harness = await openJournalHarness({ afterAppend: () => committed.opened });
    harness.preview(toStart('a'));
    harness.preview(toDelta('a', 'text'));
    const appended = harness.append(toMessage('a', 'text'));
    await until(
      'the event is stored',
      async () => (await harness.store.events.readAfter(harness.sessionId, 0, 1)).length === 1,
    );
    const reader = harness.subscribe(0);
    await waitForSeq(reader, 1);
    committed.open();
    await appended;
    await harness.append(toMessage('b'));
    await waitForSeq(reader, 2);
    expect(reader.received).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  it('gives no preview of a turn that has ended', async () => {
    await using harness = await openJournalHarness();
    harness.preview(toStart('a'));
    await harness.append(toIdle('idle'));
    const reader = harness.subscribe(0);
    await harness.append(toMessage('b'));
    await waitForSeq(reader, 2);
    expect(reader.received).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });
});

describe('attaching while a session waits in the queue', () => {
  it.each([
    [['session.process_starting'], undefined],
    [['session.process_hibernated'], undefined],
    [['session.status_idle'], undefined],
    [['session.process_queued'], undefined],
    [['session.notice'], 3],
  ] as const)('gives the newest place, and none after %j: %s', async (types, expected) => {
    await using harness = await openJournalHarness();
    harness.preview({ type: 'queue_position', position: 7 });
    harness.preview({ type: 'queue_position', position: 3 });
    const early = harness.subscribe(0);
    await until('the newest place', () => early.received.length === 1);
    expect(early.received).toEqual([{ preview: { type: 'queue_position', position: 3 } }]);
    for (const type of types) await harness.append({ id: 'sevt_1', type } as never);
    const late = harness.subscribe(0);
    await until('the event', () => late.received.length > 0);
    harness.preview({ type: 'queue_position', position: 2 });
    await until('the next place', () => late.received.length === (expected === undefined ? 2 : 3));
    const places = late.received.flatMap((each) =>
      'preview' in each && each.preview.type === 'queue_position' ? [each.preview.position] : [],
    );
    expect(places).toEqual(expected === undefined ? [2] : [expected, 2]);
    harness.journal.forget(harness.sessionId);
    expect(harness.subscribe(1).received).toEqual([]);
  });
});

describe('a slow reader', () => {
  it('gets everything that came while its replay was held back', async () => {
    const drained = createGate();
    await using harness = await openJournalHarness();
    await harness.append(...range(0, 700).map((n) => toMessage(`past ${n}`)));
    const reader = harness.subscribe(0, { waitUntilWritable: () => drained.opened });
    await waitForSeq(reader, 1);
    for (let batch = 0; batch < 13; batch += 1) {
      await harness.append(...range(0, 100).map((n) => toMessage(`live ${batch} ${n}`)));
    }
    expect(reader.seqs()).toEqual([1]);
    drained.open();
    await waitForSeq(reader, 2000);
    expect(reader.seqs()).toEqual(range(0, 2000));
  });

  it('gets nothing more when it has closed', async () => {
    const drained = createGate();
    await using harness = await openJournalHarness();
    await harness.append(...range(0, 700).map((n) => toMessage(`past ${n}`)));
    const reader = harness.subscribe(0, { waitUntilWritable: () => drained.opened });
    const other = harness.subscribe(0);
    await waitForSeq(reader, 1);
    reader.close();
    reader.close();
    drained.open();
    await harness.append(toMessage('live'));
    await waitForSeq(other, 701);
    expect(reader.seqs()).toEqual([1]);
  });

  it('is told when the replay fails', async () => {
    await using harness = await openJournalHarness({
      afterRead: () => Promise.reject(new Error('the database is gone')),
    });
    const reader = harness.subscribe(0);
    await until('the failure', () => reader.failures.length > 0);
    expect(reader.failures).toMatchObject([{ message: 'the database is gone' }]);
  });
});

// ---- any order of things ----

type Step =
  | { do: 'start' | 'end' | 'idle' }
  | { do: 'delta'; text: string }
  | { do: 'append' | 'tick'; count: number }
  | { do: 'subscribe'; after: number; slow: boolean }
  | { do: 'close'; reader: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delta' as const), text: fc.string({ minLength: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'end' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('idle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const), count: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      after: fc.integer({ min: 0, max: 4 }),
      slow: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), reader: fc.nat({ max: 5 }) }) },
);

const tick = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** What was asked for of one preview: after how many events it began, what its text was, which event ended it. */
interface Preview {
  eventsBefore: number;
  text: string;
  endedBySeq: number | undefined;
}

/** Plays a session as its agent would, with readers that come and go. */
async function play(harness: JournalHarness, past: number, steps: readonly Step[]) {
  const previews = new Map<string, Preview>();
  const readers: { reader: Reader; after: number; closed: boolean }[] = [];
  const appends: Promise<number>[] = [];
  let lastSeq = 0;
  let open: string | undefined;
  const append = (...events: Parameters<JournalHarness['append']>) => {
    appends.push(harness.append(...events));
    lastSeq += events.length;
  };
  const endPreview = () => {
    const preview = open === undefined ? undefined : previews.get(open);
    if (preview) preview.endedBySeq = lastSeq;
    open = undefined;
  };
  if (past > 0) await harness.append(...range(0, past).map((n) => toMessage(`past ${n}`)));
  lastSeq = past;

  for (const [index, each] of steps.entries()) {
    switch (each.do) {
      case 'start':
        if (open !== undefined) break;
        open = `preview ${index}`;
        previews.set(open, { eventsBefore: lastSeq, text: '', endedBySeq: undefined });
        harness.preview(toStart(open));
        break;
      case 'delta': {
        const preview = open === undefined ? undefined : previews.get(open);
        if (open === undefined || preview === undefined) break;
        preview.text += each.text;
        harness.preview(toDelta(open, each.text));
        break;
      }
      case 'end':
        if (open === undefined) break;
        append(toMessage(open));
        endPreview();
        break;
      case 'idle':
        append(toIdle(`idle ${index}`));
        endPreview();
        break;
      case 'append':
        append(...range(0, each.count).map((n) => toMessage(`event ${index} ${n}`)));
        break;
      case 'tick':
        for (let n = 0; n < each.count; n += 1) await tick();
        break;
      case 'subscribe': {
        const after = Math.floor((each.after * lastSeq) / 4);
        const waitUntilWritable = each.slow ? tick : () => Promise.resolve();
        readers.push({ reader: harness.subscribe(after, { waitUntilWritable }), after, closed: false });
        break;
      }
      case 'close': {
        const closing = readers[each.reader];
        closing?.reader.close();
        if (closing) closing.closed = true;
        break;
      }
    }
  }
  append(toMessage('last'));
  await Promise.all(appends);
  return { previews, readers, lastSeq };
}

/** What is wrong with the previews that a reader got, as sentences. */
function findPreviewProblems(reader: Reader, previews: ReadonlyMap<string, Preview>, after: number): string[] {
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const texts = new Map<string, string>();
  let seq = after;
  for (const each of reader.received) {
    if ('seq' in each) {
      const { id } = each.event;
      seq = each.seq;
      check(!texts.has(id) || texts.get(id) === previews.get(id)?.text, `${id} has another text than its preview`);
      continue;
    }
    if (each.preview.type === 'queue_position' || each.preview.type === 'resource_progress') continue;
    const id = each.preview.type === 'event_start' ? each.preview.event.id : each.preview.event_id;
    const preview = previews.get(id);
    check(preview !== undefined && seq >= preview.eventsBefore, `${id} came before what was appended before it`);
    check(seq < (preview?.endedBySeq ?? Infinity), `${id} came behind what ended it`);
    if (each.preview.type === 'event_start') {
      check(!texts.has(id), `${id} started twice`);
      texts.set(id, '');
    } else {
      check(texts.has(id), `${id} went on without a start`);
      texts.set(id, (texts.get(id) ?? '') + each.preview.delta.content.text);
    }
  }
  return problems;
}

describe('every reader', () => {
  it('gets every event once and in order, with previews in their place, whatever happens in which order', async () => {
    const latency = fc.infiniteStream(fc.nat({ max: 8 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 3, 130),
        fc.array(step, { maxLength: 60 }),
        latency,
        async (past, steps, ticks) => {
          const wait = async () => {
            for (let left = ticks.next().value ?? 0; left > 0; left -= 1) await tick();
          };
          await using harness = await openJournalHarness({ afterRead: wait, afterAppend: wait });
          const { previews, readers, lastSeq } = await play(harness, past, steps);
          for (const { reader, after, closed } of readers) {
            if (!closed) await waitForSeq(reader, lastSeq);
            const seqs = reader.seqs();
            expect(seqs).toEqual(range(after, closed ? after + seqs.length : lastSeq));
            expect(findPreviewProblems(reader, previews, after)).toEqual([]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
