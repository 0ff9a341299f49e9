import { expect, test } from 'vitest';

import { newSession, openTestStore, type BackEnd } from './back-end.ts';

export function describeWorkspaceStates(backEnd: BackEnd): void {
  test('keeps the states of a workspace in their order with their session, and copies those of a fork', async () => {
    await using store = await openTestStore(backEnd);
    const { workspaceStates } = store;
    const session = await store.sessions.create(newSession());
    const fork = await store.sessions.create({ ...newSession(), agentSessionId: 'fork' });
    const toState = (turn: number) => ({
      ...({ turn, reason: 'turn', state: `s${turn}`, changedFiles: turn, placeId: 'node_1' } as const),
      leftOut: { count: 1, paths: ['a\u0000'] },
      madeBy: ['user_1'],
    });
    for (const turn of [0, 1, 1, 2]) await workspaceStates.add(session.id, toState(turn));
    await workspaceStates.forget(session.id, [2]);
    const added = await workspaceStates.add(session.id, toState(3));
    expect(added).toMatchObject({ ...toState(3), ordinal: 5 });
    const list = async (id: string) => (await workspaceStates.list(id)).map(({ ordinal, turn }) => [ordinal, turn]);
    expect(await list(session.id)).toEqual([
      [1, 0],
      [3, 1],
      [4, 2],
      [5, 3],
    ]);
    expect((await workspaceStates.list(session.id)).at(-1)).toEqual(added);

    await workspaceStates.add(session.id, { ...toState(3), placeId: 'node_2' });
    await workspaceStates.copyToSession({ from: session.id, to: fork.id, placeId: 'node_2', throughOrdinal: 5 });
    expect(await list(fork.id)).toEqual([]);
    await workspaceStates.copyToSession({ from: session.id, to: fork.id, placeId: 'node_1', throughOrdinal: 3 });
    await store.sessions.delete(session.id);
    expect(await list(session.id)).toEqual([]);
    expect(await list(fork.id)).toEqual([
      [1, 0],
      [3, 1],
    ]);
    await expect(workspaceStates.add(session.id, toState(4))).rejects.toThrow();
  });
}
