import { expect, test } from 'vitest';

import type { StoredFile } from '../files.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

const newFile = (given: Partial<Omit<StoredFile, 'createdAt'>> = {}): Omit<StoredFile, 'createdAt'> => ({
  id: 'file_1',
  ownerId: 'user_1',
  filename: 'notes.txt',
  mimeType: 'text/plain',
  sizeBytes: 5,
  sessionId: null,
  expiresAt: null,
  ...given,
});

export function describeFiles(backEnd: BackEnd): void {
  test('keeps what is known of a file, and forgets it', async () => {
    await using store = await openTestStore(backEnd);
    const file = await store.files.create(newFile({ filename: 'a\u0000b' }));
    expect(file).toEqual({ ...newFile({ filename: 'ab' }), createdAt: '2026-02-01T12:00:00.000Z' });
    expect(await store.files.find('file_1')).toEqual(file);
    await expect(store.files.create(newFile())).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.files.delete('file_1')).toBe(true);
    expect(await store.files.delete('file_1')).toBe(false);
    expect(await store.files.find('file_1')).toBeUndefined();
  });

  test("pages an owner's files, last made first", async () => {
    await using store = await openTestStore(backEnd);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await store.files.create(newFile({ id, sessionId: id === 'c' ? 'sesn_1' : null }));
      if (id === 'b') store.advance(1000);
    }
    await store.files.create(newFile({ id: 'other', ownerId: 'user_2' }));

    const first = await store.files.list({ ownerId: 'user_1', limit: 2 });
    const second = await store.files.list({ ownerId: 'user_1', limit: 3, cursor: first.nextCursor });
    expect(first.files.map(({ id }) => id)).toEqual(['e', 'd']);
    expect(second.files.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeNull();

    const pick = async (options: { ids?: string[]; sessionId?: string }) =>
      (await store.files.list({ ownerId: 'user_1', limit: 10, ...options })).files.map(({ id }) => id);
    expect(await pick({ ids: ['a', 'other', 'gone'] })).toEqual(['a']);
    expect(await pick({ ids: [] })).toEqual([]);
    expect(await pick({ sessionId: 'sesn_1' })).toEqual(['c']);
  });

  test('gives all files of a user to another one', async () => {
    await using store = await openTestStore(backEnd);
    for (const id of ['a', 'b']) await store.files.create(newFile({ id }));
    await store.files.create(newFile({ id: 'other', ownerId: 'user_2' }));
    await store.files.giveTo('user_1', 'user_3');
    expect(await store.files.listOwned('user_1')).toEqual([]);
    expect((await store.files.listOwned('user_3')).toSorted()).toEqual(['a', 'b']);
    expect(await store.files.listOwned('user_2')).toEqual(['other']);
  });

  test('hides a file from the moment that it expires', async () => {
    await using store = await openTestStore(backEnd);
    await store.files.create(newFile({ expiresAt: '2026-02-01T12:00:01.000Z' }));
    await store.files.create(newFile({ id: 'file_2' }));
    expect(await store.files.find('file_1')).toBeDefined();
    expect(await store.files.listExpired()).toEqual([]);

    store.advance(1000);

    expect(await store.files.find('file_1')).toBeUndefined();
    expect((await store.files.list({ ownerId: 'user_1', limit: 9 })).files.map(({ id }) => id)).toEqual(['file_2']);
    expect(await store.files.listExpired()).toEqual(['file_1']);
  });

  test('measures what a user has, without what has expired', async () => {
    await using store = await openTestStore(backEnd);
    expect(await store.files.measure('user_1')).toEqual({ count: 0, bytes: 0 });
    const file = {
      ownerId: 'user_1',
      filename: 'a',
      mimeType: 'text/plain',
      sizeBytes: 5_000_000_000,
      sessionId: null,
    };
    await store.files.create({ ...file, id: 'file_1', expiresAt: null });
    await store.files.create({ ...file, id: 'file_2', expiresAt: null });
    await store.files.create({ ...file, id: 'file_3', expiresAt: '2020-01-01T00:00:00.000Z' });
    await store.files.create({ ...file, id: 'file_4', ownerId: 'user_2', expiresAt: null });
    expect(await store.files.measure('user_1')).toEqual({ count: 2, bytes: 10_000_000_000 });
  });
}
