import { expect, test } from 'vitest';

import { newSession, openTestStore, type BackEnd } from './back-end.ts';

export function describeDiskUse(backEnd: BackEnd): void {
  test('sums what the sessions of a user take on all servers, and forgets a session with its row', async () => {
    await using store = await openTestStore(backEnd);
    const { diskUse } = store;
    const own = await store.sessions.create(newSession({ ownerId: 'user_1' }));
    const second = await store.sessions.create(newSession({ ownerId: 'user_1' }));
    const others = await store.sessions.create(newSession({ ownerId: 'user_2' }));
    const GIB = 2 ** 30;
    await diskUse.note({ id: own.id, placeId: 'node_1' }, { bytes: 1, entries: 1 });
    await diskUse.note({ id: own.id, placeId: 'node_1' }, { bytes: 5 * GIB, entries: 3 });
    await diskUse.note({ id: own.id, placeId: 'node_2' }, { bytes: 10, entries: 2 });
    await diskUse.note({ id: others.id, placeId: 'node_1' }, { bytes: 7, entries: 7 });
    await diskUse.note({ id: 'gone', placeId: 'node_1' }, { bytes: 7, entries: 7 });
    expect(await diskUse.find({ id: own.id, placeId: 'node_1' })).toEqual({ bytes: 5 * GIB, entries: 3 });
    expect(await diskUse.find({ id: second.id, placeId: 'node_1' })).toBeUndefined();
    await diskUse.note({ id: own.id, placeId: 'node_3' }, { bytes: 0, entries: 0 });
    expect(await diskUse.listPlaces(own.id)).toEqual(['node_1', 'node_2']);
    expect(await diskUse.sumOfUser('user_1')).toEqual({ bytes: 5 * GIB + 10, entries: 5 });
    expect(await diskUse.listLargest('user_1', 5)).toEqual([
      { id: own.id, title: own.title, bytes: 5 * GIB + 10, entries: 5 },
    ]);
    expect(await diskUse.sumOfServer('node_1')).toEqual({ bytes: 5 * GIB + 7, entries: 10 });
    const unmeasured = await diskUse.listUnmeasured('node_1', { after: '', limit: 5 });
    expect(unmeasured).toEqual([{ id: second.id, agentSessionId: second.agentSessionId }]);
    expect(await diskUse.listUnmeasured('node_1', { after: second.id, limit: 5 })).toEqual([]);
    await store.sessions.delete(own.id);
    expect(await diskUse.sumOfUser('user_1')).toEqual({ bytes: 0, entries: 0 });
  });
}
