import { expect, test } from 'vitest';

import { isStoreError } from '../store-error.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

export function describeDefinitions(backEnd: BackEnd): void {
  test.each(['agents', 'environments'] as const)('keeps every version of %s', async (kind) => {
    await using store = await openTestStore(backEnd);
    const first = await store[kind].put({ id: 'a', name: 'One', definition: { model: 'x\u0000' } });
    store.advance(1000);
    const second = await store[kind].put({ id: 'a', name: 'Two', definition: { model: 'y' }, expectedVersion: 1 });
    const other = await store[kind].put({ id: 'b', name: 'Other', definition: null, expectedVersion: 0 });

    expect(first).toEqual({
      id: 'a',
      version: 1,
      name: 'One',
      definition: { model: 'x\u0000' },
      createdAt: '2026-02-01T12:00:00.000Z',
      archivedAt: null,
    });
    expect(await store[kind].find('a', 1)).toEqual(first);
    expect(await store[kind].find('a')).toEqual(second);
    expect(await store[kind].find('a', 3)).toBeUndefined();
    expect(await store[kind].listLatest()).toEqual([second, other]);
    expect(await store[kind].listVersions('a')).toEqual([second, first]);
  });

  test('keeps agents and environments apart', async () => {
    await using store = await openTestStore(backEnd);
    await store.agents.put({ id: 'a', name: 'Agent', definition: {} });
    expect(await store.environments.find('a')).toBeUndefined();
    expect(await store.environments.listLatest()).toEqual([]);
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
    expect(await store.agents.listLatest()).toEqual([]);
    expect(await store.agents.listLatest({ includeArchived: true })).toEqual([archived]);
    expect((await store.agents.find('a', 1))?.archivedAt).toBe('2026-02-01T12:00:00.000Z');
    const put = store.agents.put({ id: 'a', name: 'Three', definition: {} });
    await expect(put).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.agents.archive('b')).rejects.toMatchObject({ code: 'not_found' });
  });
}
