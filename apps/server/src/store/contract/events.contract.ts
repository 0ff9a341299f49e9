import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  createSession,
  newEvent,
  newEvents,
  newSession,
  openTestStore,
  type BackEnd,
  type TestStore,
} from './back-end.ts';

const seqs = (events: ReadonlyArray<{ seq: number }>): number[] => events.map((event) => event.seq);

/** Any JSON, with text of any UTF-16 code units: U+0000 and lone surrogates too. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.constantFrom('\u0000', '\ud800', '\udc00x', null, true, false, '\\u0000', '"'),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Over 300 lines: a flat list of tests. */
export function describeEvents(backEnd: BackEnd): void {
  test('numbers events from 1 and answers the first seq of each append', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);

    expect(await store.events.append(id, 0, newEvents(3))).toBe(1);
    expect(await store.events.append(id, 0, [])).toBe(4);
    expect(await store.events.append(id, 0, newEvents(1))).toBe(4);

    expect(seqs(await store.events.readAfter(id, 0, 10))).toEqual([1, 2, 3, 4]);
    expect((await store.sessions.find(id))?.lastSeq).toBe(4);
  });

  test('gives back exactly what was appended', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const event = newEvent('hello');
    await store.events.append(id, 0, [event]);

    const stored = { ...event, sessionId: id, seq: 1, createdAt: '2026-02-01T12:00:00.000Z' };
    expect(await store.events.find(id, event.id)).toEqual(stored);
    expect(await store.events.readAfter(id, 0, 1)).toEqual([stored]);
    expect(await store.events.find(id, 'sevt_none')).toBeUndefined();
  });

  test('keeps any JSON, U+0000 and lone surrogates included', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await fc.assert(
      fc.asyncProperty(anyJson, async (value) => {
        const event = { ...newEvent(), body: { value } as unknown as SessionEvent };
        await store.events.append(id, 0, [event]);
        expect((await store.events.find(id, event.id))?.body).toEqual({ value: JSON.parse(JSON.stringify(value)) });
      }),
      { numRuns: 150 },
    );
  });

  test('takes more events at once than a statement has parameters', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    expect(await store.events.append(id, 0, newEvents(12_000))).toBe(1);
    expect(seqs(await store.events.readBefore(id, null, 2))).toEqual([11_999, 12_000]);
  });

  test('stays gapless under concurrent appends, transactions that roll back, and stale writers', async () => {
    await using store = await openTestStore(backEnd);
    const append = fc.record({
      session: fc.nat(2),
      count: fc.integer({ min: 0, max: 4 }),
      how: fc.constantFrom('plain', 'plain', 'transaction', 'rolled back', 'stale'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(append, { maxLength: 25 }), async (appends) => {
        const sessions = await Promise.all([createSession(store), createSession(store), createSession(store)]);
        const ids = sessions.map((session) => session.id);
        const done = await Promise.all(
          appends.map(async ({ session, count, how }) => {
            const sessionId = ids[session] ?? '';
            const events = newEvents(count);
            const first = await appendAs(store, how, { sessionId, events });
            return { sessionId, first, ids: events.map((event) => event.id) };
          }),
        );

        for (const sessionId of ids) {
          const stored = await store.events.readAfter(sessionId, 0, 1000);
          const acknowledged = done.filter((each) => each.sessionId === sessionId && each.first !== undefined);
          const total = acknowledged.reduce((sum, each) => sum + each.ids.length, 0);
          expect(seqs(stored)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
          expect((await store.sessions.find(sessionId))?.lastSeq).toBe(total);
          for (const { first = 0, ids: batch } of acknowledged) {
            expect(stored.slice(first - 1, first - 1 + batch.length).map((event) => event.id)).toEqual(batch);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('refuses a stale fence and stores nothing', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await store.events.append(id, 0, newEvents(1));
    await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 1000 });

    for (const fence of [0, 2]) {
      const append = store.events.append(id, fence, newEvents(2));
      await expect(append).rejects.toMatchObject({
        name: 'StaleFenceError',
        code: 'stale_fence',
        sessionId: id,
        fence,
        currentFence: 1,
      });
    }
    expect((await store.sessions.find(id))?.lastSeq).toBe(1);
    expect(await store.events.append(id, 1, newEvents(1))).toBe(2);
  });

  test('writes appends of many sessions together, and fails only those that must fail', async () => {
    await using store = await openTestStore(backEnd);
    const sessions = await Promise.all(Array.from({ length: 40 }, () => createSession(store)));
    const [stale, doubled, ...others] = sessions.map(({ id }) => id);
    if (stale === undefined || doubled === undefined) throw new Error('no sessions');
    const known = newEvent();
    await store.events.append(doubled, 0, [known]);

    const outcomes = Promise.allSettled([
      ...others.map((id, index) => store.events.append(id, 0, newEvents((index % 3) + 1))),
      store.events.append(stale, 7, newEvents(1)),
      store.events.append(doubled, 0, [known]),
      store.events.append('sesn_none', 0, newEvents(1)),
      store.events.append(stale, 0, newEvents(300)),
      ...others.map((id) => store.events.append(id, 0, newEvents(1))),
    ]);

    const refused = (await outcomes).flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toMatchObject([{ code: 'stale_fence' }, { code: 'conflict' }, { code: 'not_found' }]);
    for (const [index, id] of others.entries()) {
      const last = (index % 3) + 2;
      expect(seqs(await store.events.readAfter(id, 0, 10))).toEqual(Array.from({ length: last }, (_, n) => n + 1));
      expect((await store.sessions.find(id))?.lastSeq).toBe(last);
    }
    expect((await store.sessions.find(stale))?.lastSeq).toBe(300);
    expect((await store.sessions.find(doubled))?.lastSeq).toBe(1);
  });

  test('refuses events without a session', async () => {
    await using store = await openTestStore(backEnd);
    await expect(store.events.append('sesn_none', 0, newEvents(1))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('refuses an event id twice in a session and stores nothing of that append', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const event = newEvent();
    await store.events.append(id, 0, [event]);

    const again = store.events.append(id, 0, [newEvent(), event]);

    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.events.append(id, 0, newEvents(1))).toBe(2);
  });

  test('does not touch the time of change of the session', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);
    store.advance(5000);
    await store.events.append(session.id, 0, newEvents(1));
    expect(await store.sessions.find(session.id)).toEqual({ ...session, lastSeq: 1 });
  });

  test('reads forwards after a seq, and backwards in pages that rise', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await store.events.append(id, 0, newEvents(10));

    expect(seqs(await store.events.readAfter(id, 4, 3))).toEqual([5, 6, 7]);
    expect(seqs(await store.events.readAfter(id, 10, 3))).toEqual([]);
    const texts = (await store.events.readAfter(id, 4, 3)).map(({ seq, body, ...event }) => ({
      seq,
      id: event.id,
      type: event.type,
      json: JSON.stringify(body),
    }));
    expect(await store.events.readTextAfter(id, 4, { limit: 3, maxBytes: Infinity })).toEqual({
      events: texts,
      hasMore: true,
    });
    expect(seqs(await store.events.readBefore(id, null, 3))).toEqual([8, 9, 10]);
    expect(seqs(await store.events.readBefore(id, 8, 3))).toEqual([5, 6, 7]);
    expect(seqs(await store.events.readBefore(id, 2, 3))).toEqual([1]);
    expect(seqs(await store.events.readBefore(id, 1, 3))).toEqual([]);
  });

  test('ends a page at a size in bytes, however many events are asked for', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    // Three bytes a letter.
    const events = ['a', 'b', '€'.repeat(1000), 'c', 'd'].map((text) => newEvent(text));
    await store.events.append(id, 0, events);
    const [small = 0, , large = 0] = events.map(({ body }) => Buffer.byteLength(JSON.stringify(body)));

    const read = async (after: number, maxBytes: number, limit = 10) => {
      const texts = await store.events.readTextAfter(id, after, { limit, maxBytes });
      const page = await store.events.listPage(id, { after, limit, maxBytes });
      expect(page.events.map(({ seq }) => seq)).toEqual(seqs(texts.events));
      expect(page.hasMore).toBe(texts.hasMore);
      return { seqs: seqs(texts.events), hasMore: texts.hasMore, bytes: page.events.map(({ bytes }) => bytes) };
    };
    expect(await read(0, 1)).toEqual({ seqs: [1], hasMore: true, bytes: [small] });
    expect(await read(0, 2 * small)).toEqual({ seqs: [1, 2], hasMore: true, bytes: [small, small] });
    expect(await read(1, small + 1)).toEqual({ seqs: [2, 3], hasMore: true, bytes: [small, large] });
    expect(await read(0, 1_000_000, 4)).toMatchObject({ seqs: [1, 2, 3, 4], hasMore: true });
    expect(await read(3, 2 * small, 2)).toMatchObject({ seqs: [4, 5], hasMore: false });
    expect(await read(5, 1)).toEqual({ seqs: [], hasMore: false, bytes: [] });
    const last = await store.events.listPage(id, { order: 'desc', before: 4, limit: 10, maxBytes: large });
    expect([seqs(last.events), last.hasMore]).toEqual([[3], true]);
  });

  test('pages through 50,000 events forwards and backwards', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const total = 50_000;
    for (let left = total; left > 0; left -= 5000) await store.events.append(id, 0, newEvents(5000));

    let forwards = 0;
    for (let hasMore = true; hasMore;) {
      const page = await store.events.readTextAfter(id, forwards, { limit: 1000, maxBytes: Infinity });
      for (const { seq } of page.events) {
        if (seq !== (forwards += 1)) throw new Error(`Read ${seq} as number ${forwards}`);
      }
      ({ hasMore } = page);
    }
    expect(forwards).toBe(total);

    let before = total + 1;
    for (let page = await store.events.readBefore(id, null, 1000); page.length > 0;) {
      for (const { seq } of page.toReversed()) if (seq !== (before -= 1)) throw new Error(`Read ${seq} at ${before}`);
      page = await store.events.readBefore(id, before, 1000);
    }
    expect(before).toBe(1);
  });

  test('lists by type, order and bounds', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const types = ['a', 'b', 'c', 'a', 'b', 'a'];
    await store.events.append(
      id,
      0,
      types.map((type) => newEvent('x', type)),
    );
    const list = async (options: object) => seqs(await store.events.list(id, { limit: 10, ...options }));

    expect(await list({})).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await list({ types: [] })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await list({ types: ['a'] })).toEqual([1, 4, 6]);
    expect(await list({ types: ['a', 'c'], order: 'desc', limit: 2 })).toEqual([6, 4]);
    expect(await list({ after: 2, before: 5 })).toEqual([3, 4]);
  });

  test('tells of subagents without the rest of the journal, in pages', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const types = [
      'agent.message',
      'session.thread_created',
      'session.thread_status_running',
      'agent.message',
      'session.thread_status_idle',
      'session.process_restarting',
      'session.status_idle',
    ];
    await store.events.append(
      id,
      0,
      types.map((type) => newEvent('x', type)),
    );

    const all = await store.events.list(id, { limit: 10 });
    expect(await store.events.listThreadEvents(id, { after: 0, limit: 10 })).toEqual(
      all.filter(({ type }) => type !== 'agent.message'),
    );
    expect(seqs(await store.events.listThreadEvents(id, { after: 2, limit: 2 }))).toEqual([3, 5]);
  });

  test('copies a journal in parts for a session that nobody sees before it is there, and that goes on from there', async () => {
    await using store = await openTestStore(backEnd);
    const from = await createSession(store);
    const session = newSession();
    const to = { fromSessionId: from.id, toSessionId: session.id };
    await store.events.append(from.id, 0, newEvents(5));
    await store.forks.begin({ sessionId: session.id, agentSessionId: session.agentSessionId, nodeId: 'node_1' });

    expect(await store.events.copy({ ...to, afterSeq: 0, throughSeq: 2 })).toBe(2);
    expect(await store.events.copy({ ...to, afterSeq: 2, throughSeq: 3 })).toBe(1);
    expect(await store.events.readAfter(session.id, 0, 10)).toEqual([]);
    await store.transaction(async (tx) => {
      await tx.forks.finish(session.id);
      await tx.sessions.create(session);
      expect(await tx.events.adoptCopied(session.id)).toBe(3);
    });
    expect(await store.forks.abandonUnfinished('node_1')).toBe(0);
    const original = await store.events.readAfter(from.id, 0, 3);
    expect(await store.events.readAfter(session.id, 0, 10)).toEqual(
      original.map((event) => ({ ...event, sessionId: session.id })),
    );
    expect(await store.events.append(session.id, 0, newEvents(1))).toBe(4);
    const second = store.events.copy({ ...to, afterSeq: 0, throughSeq: 3 });
    await expect(second).rejects.toMatchObject({ code: 'conflict' });
  });

  test('removes what was copied for a fork that a dead server had begun, and no other server’s', async () => {
    await using store = await openTestStore(backEnd);
    const from = await createSession(store);
    await store.events.append(from.id, 0, newEvents(5));
    const [cut, running] = [newSession(), newSession()];
    for (const [fork, nodeId] of [
      [cut, 'node_1'],
      [running, 'node_2'],
    ] as const) {
      await store.forks.begin({ sessionId: fork.id, agentSessionId: fork.agentSessionId, nodeId });
      await store.events.copy({ fromSessionId: from.id, toSessionId: fork.id, afterSeq: 0, throughSeq: 5 });
      await store.transcripts.append({ sessionId: fork.agentSessionId }, [{ type: 'user', uuid: 'one' }]);
    }

    expect(await store.forks.abandonUnfinished('node_1')).toBe(1);
    await store.purgeDeleted();

    const rows = await store.database.selectFrom('events').select('session_id').distinct().execute();
    expect(rows.map((row) => row.session_id).toSorted()).toEqual([from.id, running.id].toSorted());
    expect(await store.transcripts.has({ sessionId: cut.agentSessionId })).toBe(false);
    expect(await store.transcripts.has({ sessionId: running.agentSessionId })).toBe(true);
    expect(await store.forks.abandonUnfinished('node_1')).toBe(0);
  });
}

interface Batch {
  sessionId: string;
  events: ReturnType<typeof newEvents>;
}

async function appendAs(store: TestStore, how: string, { sessionId, events }: Batch): Promise<number | undefined> {
  try {
    if (how === 'plain') return await store.events.append(sessionId, 0, events);
    if (how === 'stale') return await store.events.append(sessionId, 7, events);
    return await store.transaction(async (tx) => {
      const first = await tx.events.append(sessionId, 0, events);
      if (how === 'rolled back') throw new Error(how);
      return first;
    });
  } catch {
    return undefined;
  }
}
