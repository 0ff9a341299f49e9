import { expect, test } from 'vitest';

import { createSession, openTestStore, type BackEnd } from './back-end.ts';

export function describeShares(backEnd: BackEnd): void {
  test('shares, changes the level, lists and ends', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId, ownerId } = await createSession(store);
    const first = await store.shares.put({ sessionId, userId: 'user_2', level: 'view', grantedBy: 'user_1' });
    store.advance(1000);
    await store.shares.put({ sessionId, userId: 'user_3', level: 'manage', grantedBy: 'user_1' });
    const changed = await store.shares.put({ sessionId, userId: 'user_2', level: 'drive', grantedBy: 'user_3' });

    expect(changed).toMatchObject({ level: 'drive', grantedBy: 'user_3', createdAt: first.createdAt });
    expect(changed.updatedAt > first.updatedAt).toBe(true);
    expect((await store.shares.list(sessionId)).map(({ userId }) => userId)).toEqual(['user_2', 'user_3']);
    const known = await Promise.all([ownerId, 'user_3', 'user_2'].map((id) => store.shares.listKnownTo(id)));
    expect(
      known.map((ids) => ids.toSorted()),
      'owner, manager, driver',
    ).toEqual([['user_2', 'user_3'], ['user_2'], []]);
    expect(await store.shares.end({ sessionId, userId: 'user_2' })).toBe(true);
    expect(await store.shares.end({ sessionId, userId: 'user_2' })).toBe(false);
    expect(await store.shares.list(sessionId)).toHaveLength(1);
    expect(await store.shares.count([sessionId, 'sesn_none'])).toEqual(new Map([[sessionId, 1]]));
    await expect(
      store.shares.put({ sessionId: 'sesn_none', userId: 'user_2', level: 'view', grantedBy: 'user_1' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  test('finds a session for its owner and for whom it is shared with, and for nobody else', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    await store.shares.put({ sessionId, userId: 'user_2', level: 'drive', grantedBy: 'user_1' });

    expect(await store.sessions.findFor(sessionId, 'user_1')).toMatchObject({
      session: { id: sessionId },
      level: null,
    });
    expect(await store.sessions.findFor(sessionId, 'user_2')).toMatchObject({
      session: { id: sessionId },
      level: 'drive',
    });
    expect(await store.sessions.findFor(sessionId, 'user_3')).toBeUndefined();
    expect(await store.sessions.findFor('sesn_none', 'user_1')).toBeUndefined();
  });

  test('lists what is shared with users, and what others share in the list of sessions', async () => {
    await using store = await openTestStore(backEnd);
    const [a, b, own] = [
      await createSession(store),
      await createSession(store, { ownerId: 'user_3' }),
      await createSession(store, { ownerId: 'user_2' }),
    ];
    for (const { id } of [a, b, own])
      await store.shares.put({ sessionId: id, userId: 'user_2', level: 'view', grantedBy: 'user_1' });

    const shared = await store.shares.listWith(['user_1', 'user_2']);
    expect(shared.toSorted((x, y) => x.ownerId.localeCompare(y.ownerId))).toEqual([
      { sessionId: a.id, userId: 'user_2', level: 'view', ownerId: 'user_1' },
      { sessionId: b.id, userId: 'user_2', level: 'view', ownerId: 'user_3' },
    ]);
    const page = await store.sessions.list({ ownerId: null, sharedWith: 'user_2', limit: 10 });
    expect(page.sessions.map(({ id }) => id).toSorted()).toEqual([a.id, b.id].toSorted());
    expect((await store.sessions.list({ ownerId: 'user_2', limit: 10 })).sessions.map(({ id }) => id)).toEqual([
      own.id,
    ]);
  });

  test('ends with the session, and with the user', async () => {
    await using store = await openTestStore(backEnd);
    const [a, b] = [await createSession(store), await createSession(store)];
    for (const { id } of [a, b]) {
      for (const userId of ['user_2', 'user_3'])
        await store.shares.put({ sessionId: id, userId, level: 'view', grantedBy: 'user_1' });
    }
    await store.sessions.delete(a.id);
    expect(await store.shares.list(a.id)).toEqual([]);
    await store.shares.endAllWith('user_2');
    expect((await store.shares.list(b.id)).map(({ userId }) => userId)).toEqual(['user_3']);
  });

  test('has another version after every change of what is shared, also by a deleted session, and else the same', async () => {
    await using store = await openTestStore(backEnd);
    const [a, b] = [await createSession(store), await createSession(store)];
    const seen = [await store.shares.findVersion()];
    const share = { sessionId: a.id, userId: 'user_2', level: 'view', grantedBy: 'user_1' } as const;
    for (const change of [
      () => store.shares.put(share),
      () => store.shares.put({ ...share, level: 'drive' }),
      () => store.shares.end(share),
      () => store.shares.put({ ...share, sessionId: b.id }),
      () => store.sessions.delete(b.id),
      () => store.shares.put(share),
      () => store.shares.endAllWith('user_2'),
      () => store.sessions.update(a.id, { ownerId: 'user_3' }),
    ]) {
      await change();
      seen.push(await store.shares.findVersion());
    }
    expect(new Set(seen).size).toBe(9);
    await store.sessions.update(a.id, { title: 'Another' });
    await createSession(store);
    expect(await store.shares.findVersion()).toBe(seen.at(-1));
    const failed = store.transaction(async ({ shares }) => {
      await shares.put(share);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await store.shares.findVersion()).toBe(seen.at(-1));
  });

  test('knows the files that messages of a session name', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    const fork = await createSession(store, { ownerId: 'user_4' });
    const file = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 1, sessionId: null, expiresAt: null };
    await store.files.create({ ...file, id: 'file_1', ownerId: 'user_2' });
    await store.shares.put({ sessionId, userId: 'user_2', level: 'drive', grantedBy: 'user_1' });
    await store.shares.put({ sessionId, userId: 'user_3', level: 'view', grantedBy: 'user_1' });
    const findReaders = async () => {
      const readers: string[] = [];
      for (const userId of ['user_1', 'user_2', 'user_3', 'user_4'])
        if (await store.files.isInSessionOf('file_1', userId)) readers.push(userId);
      return readers;
    };

    expect(await findReaders()).toEqual([]);
    for (let twice = 0; twice < 2; twice += 1) await store.files.addToSession(sessionId, ['file_1', 'file_gone']);
    expect(await findReaders()).toEqual(['user_1', 'user_2', 'user_3']);
    expect(await store.files.isInSession('file_1', sessionId)).toBe(true);
    expect(await store.files.isInSession('file_1', fork.id)).toBe(false);
    await store.files.copyToSession({ from: sessionId, to: fork.id });
    expect(await findReaders()).toEqual(['user_1', 'user_2', 'user_3', 'user_4']);
    expect(await store.files.delete('file_1')).toBe(true);
    expect(await findReaders()).toEqual([]);
  });
}
