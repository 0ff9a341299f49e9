import { expect, test } from 'vitest';

import { isStoreError } from '../store-error.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

/** Over 100 lines: a flat list of tests. */
export function describeDefinitions(backEnd: BackEnd): void {
  test.each(['agents', 'environments'] as const)('keeps every version of %s', async (kind) => {
    await using store = await openTestStore(backEnd);
    const first = await store[kind].put({ id: 'a', name: 'One', definition: { model: 'x\u0000' } });
    store.advance(1000);
    const second = await store[kind].put({ id: 'a', name: 'Two', definition: { model: 'y' }, expectedVersion: 1 });
    const other = await store[kind].put({ id: 'b', name: 'Other', definition: null, expectedVersion: 0 });
    const list = { visibleTo: null, limit: 10 };

    expect(first).toEqual({
      id: 'a',
      version: 1,
      name: 'One',
      definition: { model: 'x\u0000' },
      ownerId: null,
      scope: 'account',
      createdAt: '2026-02-01T12:00:00.000Z',
      firstCreatedAt: '2026-02-01T12:00:00.000Z',
      archivedAt: null,
    });
    expect(await store[kind].find('a', 1)).toEqual(first);
    expect(await store[kind].find('a')).toEqual(second);
    expect(await store[kind].find('a', 3)).toBeUndefined();
    expect(second.firstCreatedAt).toBe(first.createdAt);
    expect(await store[kind].list(list)).toEqual({ definitions: [other, second], nextCursor: null });
    expect(await store[kind].listVersions('a')).toEqual([second, first]);
    expect(await store[kind].listVersions('a', { limit: 1 })).toEqual([second]);
    expect(await store[kind].listVersions('a', { before: 2 })).toEqual([first]);
    expect(await store[kind].delete('a')).toBe(true);
    expect(await store[kind].delete('a')).toBe(false);
    expect(await store[kind].find('a', 1)).toBeUndefined();
  });

  test.each(['agents', 'environments'] as const)(
    'gives all versions of the %s of a user to another one',
    async (kind) => {
      await using store = await openTestStore(backEnd);
      await store[kind].put({ id: 'a', name: 'One', definition: null, ownerId: 'user_1' });
      await store[kind].put({ id: 'a', name: 'Two', definition: null, expectedVersion: 1 });
      await store[kind].put({ id: 'b', name: 'All', definition: null, ownerId: 'user_1', scope: 'organization' });
      await store[kind].put({ id: 'c', name: 'Other', definition: null, ownerId: 'user_2' });
      expect(await store[kind].listPrivate('user_1')).toEqual(['a']);
      await store[kind].giveTo('user_1', 'user_3');
      expect((await store[kind].listVersions('a')).map(({ ownerId }) => ownerId)).toEqual(['user_3', 'user_3']);
      expect(await store[kind].listPrivate('user_1')).toEqual([]);
      await store[kind].giveTo('user_3', null);
      expect(await store[kind].find('b')).toMatchObject({ ownerId: null, scope: 'organization' });
      expect(await store[kind].find('c')).toMatchObject({ ownerId: 'user_2' });
    },
  );

  test('keeps agents and environments apart', async () => {
    await using store = await openTestStore(backEnd);
    await store.agents.put({ id: 'a', name: 'Agent', definition: {} });
    expect(await store.environments.find('a')).toBeUndefined();
    expect((await store.environments.list({ visibleTo: null, limit: 10 })).definitions).toEqual([]);
  });

  test('lists to a user what is theirs or for everybody, in pages, by when it was first made', async () => {
    await using store = await openTestStore(backEnd);
    const put = async (id: string, given: { ownerId?: string; scope?: 'organization' } = {}) => {
      await store.agents.put({ id, name: id, definition: {}, ...given });
      store.advance(1000);
    };
    await put('platform', { scope: 'organization' });
    await put('mine', { ownerId: 'user_1' });
    await put('theirs', { ownerId: 'user_2' });
    await put('shared', { ownerId: 'user_2', scope: 'organization' });
    await put('mine');

    const list = (options: { limit?: number; cursor?: string | null; createdFrom?: string; createdThrough?: string }) =>
      store.agents.list({ visibleTo: 'user_1', limit: 10, ...options });
    const first = await list({ limit: 2 });
    expect(first.definitions.map(({ id, version }) => [id, version])).toEqual([
      ['shared', 1],
      ['mine', 2],
    ]);
    const second = await list({ limit: 2, cursor: first.nextCursor });
    expect(second.definitions.map(({ id }) => id)).toEqual(['platform']);
    expect(second.nextCursor).toBeNull();
    const within = { createdFrom: '2026-02-01T12:00:01.000Z', createdThrough: '2026-02-01T12:00:01.000Z' };
    expect((await list(within)).definitions.map(({ id }) => id)).toEqual(['mine']);
    expect(await store.agents.find('mine')).toMatchObject({ ownerId: 'user_1', scope: 'account' });
  });

  test('refuses a change that was made from an older version', async () => {
    await using store = await openTestStore(backEnd);
    await store.agents.put({ id: 'a', name: 'One', definition: {} });
    for (const expectedVersion of [0, 2]) {
      const put = store.agents.put({ id: 'a', name: 'Two', definition: {}, expectedVersion });
      await expect(put).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  test('gives concurrent writers versions of their own, or refuses them', async () => {
    await using store = await openTestStore(backEnd);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => store.agents.put({ id: 'a', name: `${index}`, definition: index })),
    );
    const stored = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    expect(refused.every((error) => isStoreError(error, 'conflict'))).toBe(true);
    expect((await store.agents.listVersions('a')).toReversed()).toEqual(
      stored.toSorted((a, b) => a.version - b.version),
    );
    const versions = stored.map((definition) => definition.version).toSorted((a, b) => a - b);
    expect(versions).toEqual(stored.map((_, index) => index + 1));
  });

  test('archives all versions once, hides them and takes no new one', async () => {
    await using store = await openTestStore(backEnd);
    await store.agents.put({ id: 'a', name: 'One', definition: {} });
    await store.agents.put({ id: 'a', name: 'Two', definition: {} });

    const archived = await store.agents.archive('a');
    store.advance(1000);

    expect(archived).toMatchObject({ version: 2, archivedAt: '2026-02-01T12:00:00.000Z' });
    expect(await store.agents.archive('a')).toEqual(archived);
    expect((await store.agents.list({ visibleTo: null, limit: 9 })).definitions).toEqual([]);
    const all = await store.agents.list({ visibleTo: null, includeArchived: true, limit: 9 });
    expect(all.definitions).toEqual([archived]);
    expect((await store.agents.find('a', 1))?.archivedAt).toBe('2026-02-01T12:00:00.000Z');
    const put = store.agents.put({ id: 'a', name: 'Three', definition: {} });
    await expect(put).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.agents.archive('b')).rejects.toMatchObject({ code: 'not_found' });
  });
}
