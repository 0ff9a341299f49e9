import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toBranchMark } from '../transcript-branches.ts';
import { toEntryBytes, type TranscriptEntry } from '../transcripts.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

const user = (uuid: string, text = ''): TranscriptEntry => ({ type: 'user', uuid, message: { text } });

/** Over 100 lines: a flat list of tests. */
export function describeTranscripts(backEnd: BackEnd): void {
  test('gives back entries in order and deep-equal, or null for a key never written', async () => {
    await using store = await openTestStore(backEnd);
    const key = { projectKey: 'p', sessionId: randomUUID() };
    const entries = [user('1', 'a\u0000\ud800'), { type: 'mode', nested: { z: 1, a: [null, 1.5] } }, user('2')];

    expect(await store.transcripts.load(key)).toBeNull();
    expect(await store.transcripts.has(key)).toBe(false);
    await store.transcripts.append(key, entries.slice(0, 2));
    await store.transcripts.append(key, []);
    await store.transcripts.append(key, entries.slice(2));

    expect(await store.transcripts.load(key)).toEqual(entries);
    expect(await store.transcripts.has(key)).toBe(true);
  });

  test('gives a transcript back in parts, up to its end or before an entry', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    const entries = ['1', '2', '3', '4', '5'].map((uuid) => user(uuid));
    await store.transcripts.append({ sessionId: randomUUID() }, entries);
    await store.transcripts.append(key, entries);
    const read = async (through: number) => {
      const found: TranscriptEntry[] = [];
      for (let after = 0; after < through;) {
        const part = await store.transcripts.loadPart(key, { after, through, limit: 2 });
        found.push(...part.entries);
        after = part.position;
      }
      return found;
    };

    expect(await read(await store.transcripts.findEnd(key))).toEqual(entries);
    expect(await read(await store.transcripts.findEnd(key, { beforeUuid: '4' }))).toEqual(entries.slice(0, 3));
    expect(await read(await store.transcripts.findEnd(key, { beforeUuid: 'unknown' }))).toEqual(entries);
    expect(await store.transcripts.findEnd({ sessionId: randomUUID() })).toBe(0);
  });

  test('gives back the conversation as it is after branches, and none where that has not begun', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    const load = async () => (await store.transcripts.load(key))?.map(({ uuid }) => uuid);
    const branch = (id: string, keep: Parameters<typeof toBranchMark>[1]) =>
      store.transcripts.append(key, [toBranchMark(id, keep)]);
    await store.transcripts.append(key, [{ type: 'mode' }, user('a'), user('b'), user('c')]);
    await branch('sevt_1', { type: 'before', uuid: 'b' });
    expect(await load()).toEqual([undefined, 'a']);
    expect(await store.transcripts.findLast(key, () => true)).toEqual(user('a'));
    await store.transcripts.append(key, [user('d')]);
    await branch('sevt_2', { type: 'as_before', mark: 'sevt_1' });
    await store.transcripts.append(key, [user('e')]);
    expect(await load()).toEqual([undefined, 'a', 'b', 'c', 'e']);
    await branch('sevt_3', { type: 'as_before', mark: 'sevt_2' });
    expect(await load()).toEqual([undefined, 'a', 'd']);

    await branch('sevt_4', { type: 'before', uuid: 'a' });
    expect(await load()).toBeUndefined();
    expect(await store.transcripts.has(key)).toBe(false);
    expect(await store.transcripts.hasAny(key)).toBe(true);
    expect(await store.transcripts.hasUuid(key, 'e')).toBe(true);
    await branch('sevt_5', { type: 'all' });
    await store.transcripts.append(key, [user('f')]);
    expect(await load()).toEqual([undefined, 'f']);
  });

  test('finds a transcript from another working directory', async () => {
    await using store = await openTestStore(backEnd);
    const sessionId = randomUUID();
    await store.transcripts.append({ projectKey: '-home-a', sessionId }, [user('1')]);
    expect(await store.transcripts.load({ projectKey: '-home-b', sessionId })).toEqual([user('1')]);
  });

  test('stores an entry with a uuid once, however appends are repeated', async () => {
    await using store = await openTestStore(backEnd);
    const uuids = fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6'), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(uuids, { maxLength: 6 }), async (appends) => {
        const key = { sessionId: randomUUID() };
        for (const append of appends)
          await store.transcripts.append(
            key,
            append.map((uuid) => user(uuid)),
          );
        const expected = [...new Set(appends.flat())].map((uuid) => user(uuid));
        expect(await store.transcripts.load(key)).toEqual(expected.length === 0 ? null : expected);
      }),
      { numRuns: 20 },
    );
  });

  test('stores entries without a uuid as often as they come', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    const title = { type: 'title', title: 'x' };
    await store.transcripts.append(key, [title]);
    await store.transcripts.append(key, [title, title]);
    expect(await store.transcripts.load(key)).toEqual([title, title, title]);
  });

  test('keeps subagents apart from the main transcript', async () => {
    await using store = await openTestStore(backEnd);
    const sessionId = randomUUID();
    await store.transcripts.append({ sessionId }, [user('1')]);
    await store.transcripts.append({ sessionId, subpath: 'subagents/agent-b' }, [user('1', 'b')]);
    await store.transcripts.append({ sessionId, subpath: 'subagents/agent-a' }, [user('2')]);

    expect(await store.transcripts.load({ sessionId })).toEqual([user('1')]);
    expect(await store.transcripts.load({ sessionId, subpath: 'subagents/agent-b' })).toEqual([user('1', 'b')]);
    expect(await store.transcripts.listSubkeys({ sessionId })).toEqual(['subagents/agent-a', 'subagents/agent-b']);
    expect(await store.transcripts.listSubkeys({ sessionId: randomUUID() })).toEqual([]);
  });

  test('deletes one subagent, or all of a session', async () => {
    await using store = await openTestStore(backEnd);
    const sessionId = randomUUID();
    for (const subpath of [undefined, 'a', 'b']) {
      await store.transcripts.append(subpath === undefined ? { sessionId } : { sessionId, subpath }, [user('1')]);
    }
    await store.transcripts.delete({ sessionId, subpath: 'a' });
    expect(await store.transcripts.listSubkeys({ sessionId })).toEqual(['b']);
    expect(await store.transcripts.load({ sessionId })).toEqual([user('1')]);
    await store.transcripts.delete({ sessionId });
    expect(await store.transcripts.listSubkeys({ sessionId })).toEqual([]);
    expect(await store.transcripts.load({ sessionId })).toBeNull();
  });

  test('tells whether a message was received', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    await store.transcripts.append(key, [user('1')]);
    expect(await store.transcripts.hasUuid(key, '1')).toBe(true);
    expect(await store.transcripts.hasUuid(key, '2')).toBe(false);
    expect(await store.transcripts.hasUuid({ ...key, subpath: 'a' }, '1')).toBe(false);
  });

  test('finds what is asked for without loading the rest, and measures it', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    expect(await store.transcripts.measure(key)).toBe(0);
    const entries = [user('1', 'ä\u0000'), user('2'), { type: 'mode' }];
    await store.transcripts.append(key, entries);
    await store.transcripts.append({ ...key, subpath: 'a' }, [user('3')]);
    expect(await store.transcripts.measure(key)).toBe(
      [...entries, user('3')].reduce((sum, entry) => sum + toEntryBytes(entry), 0),
    );
    expect(await store.transcripts.findUuids(key, ['1', '2', '3', '4'])).toEqual(new Set(['1', '2']));
    expect(await store.transcripts.findUuids(key, [])).toEqual(new Set());
    expect(await store.transcripts.findLast(key, () => true)).toEqual(user('2'));
    expect(await store.transcripts.findLast(key, ({ uuid }) => uuid === '1')).toEqual(entries[0]);
    expect(await store.transcripts.findLast(key, () => false)).toBeUndefined();
  });

  test('takes a long transcript at once', async () => {
    await using store = await openTestStore(backEnd);
    const key = { sessionId: randomUUID() };
    const entries = Array.from({ length: 3000 }, (_, index) => user(String(index)));
    await store.transcripts.append(key, entries);
    expect(await store.transcripts.load(key)).toEqual(entries);
  });
}
