import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { SharedSession, ShareLevel } from '../store/shares.ts';
import { createShareBoard, type ShareChange } from './share-board.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A board on shares that the test changes, as another server does. */
function openBoard() {
  const state = { version: 0, versions: 0, lookUps: 0, fails: false, gate: Promise.resolve() };
  const change = () => (state.version += 1);
  const shares = new (class extends Map<string, ShareLevel> {
    override set(key: string, level: ShareLevel) {
      change();
      return super.set(key, level);
    }
    override delete(key: string) {
      change();
      return super.delete(key);
    }
  })();
  const errors: unknown[] = [];
  const board = createShareBoard({
    shares: {
      async findVersion() {
        state.versions += 1;
        return state.version;
      },
      async listWith(userIds) {
        state.lookUps += 1;
        const found = [...shares].flatMap(([key, level]): SharedSession[] => {
          const [userId = '', sessionId = ''] = key.split(' ');
          return userIds.includes(userId) ? [{ userId, sessionId, level, ownerId: 'user_ada' }] : [];
        });
        await state.gate;
        if (state.fails) throw new Error('The database is away');
        return found;
      },
    },
    findUsers: async (ids) => new Map(ids.map((id) => [id, { id, name: 'Ada', email: 'ada@example.com' }])),
    onError: (error) => errors.push(error),
  });
  return { board, shares, state, errors };
}

it('tells who follows of what is shared, changed and ended, within a second, and reads only what has changed', async () => {
  const { board, shares, state } = openBoard();
  shares.set('user_bob sesn_1', 'view');
  const changes: ShareChange[] = [];
  const unfollow = await board.follow('user_bob', (change) => changes.push(change));
  expect(board.find('user_bob', 'sesn_1')).toEqual({ level: 'view', owner: { id: 'user_ada', name: 'Ada' } });
  shares.set('user_bob sesn_1', 'drive');
  shares.set('user_bob sesn_2', 'view');
  shares.set('user_cid sesn_2', 'view');
  await vi.advanceTimersByTimeAsync(1000);
  shares.delete('user_bob sesn_1');
  await vi.advanceTimersByTimeAsync(1000);
  expect(changes).toMatchObject([
    { type: 'shared', sessionId: 'sesn_1', as: { level: 'drive' } },
    { type: 'shared', sessionId: 'sesn_2', as: { level: 'view', owner: { name: 'Ada' } } },
    { type: 'ended', sessionId: 'sesn_1' },
  ]);
  const { lookUps } = state;
  await vi.advanceTimersByTimeAsync(5000);
  expect(state.lookUps).toBe(lookUps);
  unfollow();
  const { versions } = state;
  await vi.advanceTimersByTimeAsync(5000);
  expect(state.versions).toBe(versions);
  expect(board.find('user_bob', 'sesn_2')).toBeUndefined();
});

it('ends what is held once its share has ended, and never by a look-up that began before', async () => {
  const { board, shares, state } = openBoard();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const unfollow = board.follow('user_bob', () => undefined);
  // The look-up has read the state before the share.
  shares.set('user_bob sesn_1', 'view');
  let ended = 0;
  board.hold({ userId: 'user_bob', sessionId: 'sesn_1' }, () => (ended += 1));
  gate.resolve();
  await unfollow;
  expect(ended).toBe(0);
  await board.refresh();
  expect(ended).toBe(0);
  shares.delete('user_bob sesn_1');
  await board.refresh();
  await board.refresh();
  expect(ended).toBe(1);
});

it('ends nothing while the database does not answer', async () => {
  const { board, shares, state, errors } = openBoard();
  shares.set('user_bob sesn_1', 'view');
  let ended = 0;
  const release = board.hold({ userId: 'user_bob', sessionId: 'sesn_1' }, () => (ended += 1));
  state.fails = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect([ended, errors.length]).toEqual([0, 3]);
  release();
  expect(vi.getTimerCount()).toBe(0);
});

it('looks up what was opened since, though nothing has changed, and nothing else', async () => {
  const { board, shares, state } = openBoard();
  shares.set('user_bob sesn_1', 'view');
  await board.follow('user_bob', () => undefined);
  let ended = 0;
  board.hold({ userId: 'user_bob', sessionId: 'sesn_1' }, () => (ended += 1));
  // The share ended between the check of the right and this.
  board.hold({ userId: 'user_cid', sessionId: 'sesn_1' }, () => (ended += 10));
  await vi.advanceTimersByTimeAsync(1000);
  expect(ended).toBe(10);
  const { lookUps } = state;
  await vi.advanceTimersByTimeAsync(3000);
  expect([ended, state.lookUps]).toEqual([10, lookUps]);
  shares.delete('user_bob sesn_1');
  await vi.advanceTimersByTimeAsync(1000);
  expect(ended).toBe(11);
});
