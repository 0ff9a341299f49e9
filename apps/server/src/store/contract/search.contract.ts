import { expect, test } from 'vitest';

import type { SearchEntry, SearchProgress } from '../search.ts';
import type { SearchTerm } from '../search-query.ts';
import { createSession, newEvent, openTestStore, type BackEnd, type TestStore } from './back-end.ts';

const term = (text: string, isPrefix = false): SearchTerm => ({ words: text.split(' '), isPrefix });
const entry = (seq: number, text: string): SearchEntry => ({
  ...{ seq, kind: seq === 0 ? 'title' : 'message', words: text === '' ? [] : text.split(' ') },
});

async function add(
  store: TestStore,
  sessionId: string,
  {
    ownerId = 'ann',
    title = null as string | null,
    before = undefined as SearchProgress | undefined,
    entries = [entry(1, 'x')],
  },
) {
  const after = { ownerId, title, throughSeq: entries.at(-1)?.seq ?? 0 };
  return { after, isAdded: await store.search.add(sessionId, { before, after, entries }) };
}

export function describeSearch(backEnd: BackEnd): void {
  test('finds words, beginnings and phrases, newest first, only in the sessions that it may look into', async () => {
    await using store = await openTestStore(backEnd);
    const [mine, other] = [
      await createSession(store, { ownerId: 'ann' }),
      await createSession(store, { ownerId: 'bob' }),
    ];
    const entries = [entry(0, ''), entry(1, 'fix the retry loop'), entry(2, 'a loop to retry'), entry(3, 'été 検索')];
    expect(await add(store, mine.id, { entries })).toMatchObject({ isAdded: true });
    await add(store, other.id, { ownerId: 'bob', entries: [entry(1, 'retry the loop')] });
    const find = async (terms: SearchTerm[], { sessionIds = [] as string[], ownerId = 'ann' } = {}) =>
      (await store.search.find({ ownerId, sessionIds }, terms, 100)).hits.map(
        ({ sessionId, seq }) => `${sessionId === mine.id ? 'mine' : 'other'} ${seq}`,
      );
    expect(await find([term('loop'), term('retry')])).toEqual(['mine 2', 'mine 1']);
    expect(await find([term('retry loop')])).toEqual(['mine 1']);
    expect(await find([term('ret', true)])).toEqual(['mine 2', 'mine 1']);
    expect(await find([term('the ret', true)])).toEqual(['mine 1']);
    expect(await find([term('ret')])).toEqual([]);
    expect(await find([term('été')])).toEqual(['mine 3']);
    expect(await find([term('検索')])).toEqual(['mine 3']);
    expect(await find([])).toEqual([]);
    expect(await find([term('retry')], { ownerId: 'eve' })).toEqual([]);
    expect(await find([term('retry')], { ownerId: `'" OR ann` })).toEqual([]);
    // As many sessions of others as are ever asked for.
    const many = Array.from({ length: 500 }, (_, at) => `sesn_${at}`);
    expect(await find([term('retry')], { ownerId: 'eve', sessionIds: [...many, other.id] })).toEqual(['other 1']);
  });

  test('finds the newest of many places, and says that there are others', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store, { ownerId: 'ann' });
    const entries = Array.from({ length: 90 }, (_, at) => entry(at, at % 3 === 0 ? 'a loop to retry' : 'a loop'));
    await add(store, id, { entries });
    const find = async (terms: SearchTerm[], limit: number) => {
      const { hits, isAll } = await store.search.find({ ownerId: 'ann', sessionIds: [] }, terms, limit);
      return { seqs: hits.map(({ seq }) => seq), isAll };
    };
    const many = await find([term('loop')], 60);
    expect(many.seqs.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, at) => 89 - at));
    expect(many.isAll).toBe(false);
    const few = Array.from({ length: 30 }, (_, at) => 87 - 3 * at);
    expect((await find([term('loop'), term('retry')], 60)).seqs).toEqual(few);
    expect(await find([term('loop to ret', true)], 20)).toEqual({ seqs: few.slice(0, 20), isAll: false });
    expect(await find([term('loop'), term('x', true)], 20)).toEqual({ seqs: [], isAll: true });
  });

  test('lists what has something new, and adds it once', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store, { ownerId: 'ann', title: 'before' });
    const lists = async () => (await store.search.listStale({ updatedFrom: '', limit: 10 })).map((each) => each.id);
    expect(await lists()).toEqual([id]);
    const entries = [entry(0, 'before')];
    const [one, two] = [
      await add(store, id, { title: 'before', entries }),
      await add(store, id, { title: 'before', entries }),
    ];
    expect([one.isAdded, two.isAdded]).toEqual([true, false]);
    expect(await store.search.findProgress(id)).toEqual(one.after);
    expect(await lists()).toEqual([]);
    const { lease } = await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 60_000 });
    await store.events.append(id, lease.fence, [newEvent()]);
    expect(await lists()).toEqual([id]);
    await add(store, id, { title: 'before', before: one.after, entries: [entry(1, 'x')] });
    expect(await lists()).toEqual([]);
    await store.database.updateTable('sessions').set({ title: 'behind' }).execute();
    expect(await lists()).toEqual([id]);
    const before = await store.search.findProgress(id);
    // Another server was quicker.
    expect((await add(store, id, { title: 'behind', before: one.after })).isAdded).toBe(false);
    await add(store, id, { title: 'behind', before, entries: [entry(0, 'behind'), entry(2, 'x')] });
    const count = async (text: string) =>
      (await store.search.find({ ownerId: 'ann', sessionIds: [] }, [term(text)], 10)).hits.length;
    expect([await count('before'), await count('behind'), await count('x')]).toEqual([0, 1, 2]);
    expect((await store.search.readEvents([{ sessionId: id, seq: 1 }])).map(({ seq }) => seq)).toEqual([1]);
    expect((await store.search.listSessions([id, 'sesn_0'])).map((session) => session.title)).toEqual(['behind']);
  });

  test('forgets a session that is deleted', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store, { ownerId: 'ann' });
    await add(store, id, { entries: Array.from({ length: 120 }, (_, at) => entry(at + 1, 'gone')) });
    await store.sessions.delete(id);
    await store.purgeDeleted();
    expect((await add(store, id, {})).isAdded).toBe(false);
    expect(await store.search.find({ ownerId: 'ann', sessionIds: [] }, [term('gone')], 10)).toEqual({
      hits: [],
      isAll: true,
    });
    expect(await store.search.findProgress(id)).toBeUndefined();
  });
}
