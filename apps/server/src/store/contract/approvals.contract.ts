import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { NewApproval } from '../approvals.ts';
import { createSession, openTestStore, type BackEnd } from './back-end.ts';

function newApproval(sessionId: string, id: string): NewApproval {
  return {
    ...{ id, sessionId, toolUseId: `toolu_${id}`, toolName: 'Bash', kind: 'approval' },
    ...{ input: { command: 'rm -rf\u0000' }, inputSha256: 'a'.repeat(64) },
    ...{ title: 'Run a command', reason: 'It changes something', expiresAt: '2026-02-02T12:00:00.000Z' },
    plugin: { name: 'weather', display_name: 'The weather' },
    fourEyes: ['user_a'],
  };
}

/** Over 100 lines: a flat list of tests. */
export function describeApprovals(backEnd: BackEnd): void {
  test('opens a pending approval and keeps all that it was asked with', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    const given = newApproval(sessionId, 'a');

    const approval = await store.approvals.open(given);

    expect(approval).toEqual({
      ...given,
      handedOver: null,
      state: 'pending',
      decidedBy: null,
      decidedAt: null,
      createdAt: '2026-02-01T12:00:00.000Z',
    });
    expect(await store.approvals.find('a')).toEqual(approval);
    expect(await store.approvals.find('b')).toBeUndefined();
    await expect(store.approvals.open(given)).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.approvals.open(newApproval('sesn_none', 'c'))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('lists what a user may answer: of their own sessions and of those that they may drive', async () => {
    await using store = await openTestStore(backEnd);
    const own = await createSession(store, { ownerId: 'user_a' });
    const driven = await createSession(store, { ownerId: 'user_b' });
    const seen = await createSession(store, { ownerId: 'user_b' });
    await store.shares.put({ sessionId: driven.id, userId: 'user_a', level: 'drive', grantedBy: 'user_b' });
    await store.shares.put({ sessionId: seen.id, userId: 'user_a', level: 'view', grantedBy: 'user_b' });
    for (const [id, session] of Object.entries({ a: own, b: driven, c: seen, d: own })) {
      await store.approvals.open(newApproval(session.id, id));
    }
    await store.approvals.resolve('d', { state: 'allowed', decidedBy: 'user_a' });
    const options = { own: true, levels: ['drive', 'manage'], limit: 10 } as const;
    const list = async (userId: string) =>
      (await store.approvals.listAnswerable(userId, { ...options, handedOver: false })).approvals.map(({ id }) => id);

    expect(await list('user_a')).toEqual(['a', 'b']);
    expect(await list('user_b')).toEqual(['b', 'c']);
    expect(await list('user_c')).toEqual([]);
    store.advance(24 * 60 * 60 * 1000);
    expect(await list('user_a')).toEqual([]);
  });

  test('lists of each session the 20 oldest of people, those of own sessions first, page by page', async () => {
    await using store = await openTestStore(backEnd);
    const full = await createSession(store, { ownerId: 'user_b' });
    const other = await createSession(store, { ownerId: 'user_b' });
    const own = await createSession(store, { ownerId: 'user_a' });
    for (const { id: sessionId } of [full, other])
      await store.shares.put({ sessionId, userId: 'user_a', level: 'drive', grantedBy: 'user_b' });
    const flood = Array.from({ length: 25 }, (_, index) => `full_${String(index).padStart(2, '0')}`);
    for (const id of flood) await store.approvals.open(newApproval(full.id, id));
    store.advance(1);
    await store.approvals.open(newApproval(other.id, 'other'));
    await store.approvals.open(newApproval(own.id, 'own'));
    await store.approvals.open({ ...newApproval(own.id, 'of a program'), kind: 'custom_tool', expiresAt: null });
    const options = { own: true, levels: ['drive'], handedOver: false } as const;
    const list = (more: { limit: number; cursor?: string | null; sessionId?: string; id?: string }) =>
      store.approvals.listAnswerable('user_a', { ...options, ...more });

    const found = [];
    let cursor: string | null = null;
    do {
      const page = await list({ limit: 8, cursor });
      expect(page.approvals.length).toBeLessThanOrEqual(8);
      found.push(...page.approvals);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found.map(({ id }) => id)).toEqual(['own', ...flood.slice(0, 20), 'other']);
    expect(found.map(({ inSession }) => inSession)).toEqual([1, ...flood.slice(0, 20).map(() => 25), 1]);
    expect((await list({ limit: 1, sessionId: other.id })).approvals).toMatchObject([{ id: 'other' }]);
    expect((await list({ limit: 1, id: 'full_24' })).approvals).toMatchObject([{ id: 'full_24', inSession: 25 }]);
    await expect(list({ limit: 1, cursor: 'none' })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  test('lists what is handed to the operators to those who ask for it, until it is taken back or answered', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store, { ownerId: 'user_b' });
    for (const id of ['a', 'b']) await store.approvals.open(newApproval(session.id, id));
    const options = { own: true, levels: ['drive'], limit: 10 } as const;
    const list = async (handedOver: boolean) =>
      (await store.approvals.listAnswerable('user_a', { ...options, handedOver })).approvals;
    const handedOver = { by: { id: 'user_b', name: 'Bo' }, at: '2026-02-01T12:00:00.000Z', note: 'Please\u0000' };
    expect(await store.approvals.setHandedOver('a', handedOver)).toBe(true);
    expect(await store.approvals.setReason('a', 'A hook asks')).toBe(true);
    const { fourEyes } = newApproval(session.id, 'a');
    expect(await list(true)).toMatchObject([
      { id: 'a', ownerId: 'user_b', level: null, handedOver, fourEyes, reason: 'A hook asks' },
    ]);
    expect(await list(false)).toEqual([]);
    expect(await store.approvals.setHandedOver('a', null)).toBe(true);
    expect(await list(true)).toEqual([]);
    await store.approvals.resolve('b', { state: 'denied', decidedBy: 'user_b' });
    expect(await store.approvals.openAgain({ ...newApproval(session.id, 'b'), reason: 'Again' })).toMatchObject({
      ...{ id: 'b', state: 'pending', decidedBy: null, reason: 'Again' },
    });
    await store.approvals.resolve('b', { state: 'denied', decidedBy: 'user_b' });
    expect(await store.approvals.setHandedOver('b', handedOver)).toBe(false);
    expect(await store.approvals.setReason('b', 'Too late')).toBe(false);
  });

  test('lets the first answer win', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    const opened = await store.approvals.open(newApproval(sessionId, 'a'));
    store.advance(1000);

    const first = await store.approvals.resolve('a', { state: 'denied', decidedBy: 'user_1' });
    const second = await store.approvals.resolve('a', { state: 'allowed', decidedBy: 'user_2' });

    const decided = { ...opened, state: 'denied', decidedBy: 'user_1', decidedAt: '2026-02-01T12:00:01.000Z' };
    expect(first).toEqual({ won: true, approval: decided });
    expect(second).toEqual({ won: false, approval: decided });
    const missing = store.approvals.resolve('none', { state: 'allowed', decidedBy: null });
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
  });

  test('has one winner among concurrent answers, and tells the others what won', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    let run = 0;
    const states = fc.array(fc.constantFrom('allowed', 'denied', 'cancelled'), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(states, async (answers) => {
        const { id } = await store.approvals.open(newApproval(sessionId, `a${(run += 1)}`));
        const results = await Promise.all(
          answers.map((state, index) => store.approvals.resolve(id, { state, decidedBy: `user_${index}` })),
        );
        const winner = results.findIndex((result) => result.won);
        expect(results.filter((result) => result.won)).toHaveLength(1);
        for (const { approval } of results) {
          expect(approval).toMatchObject({ state: answers[winner], decidedBy: `user_${winner}` });
        }
      }),
      { numRuns: 15 },
    );
  });

  test('lists what is pending, of a session, of an owner and of everybody', async () => {
    await using store = await openTestStore(backEnd);
    const mine = await createSession(store);
    const alsoMine = await createSession(store);
    const theirs = await createSession(store, { ownerId: 'user_2' });
    for (const [id, session] of Object.entries({ a: mine, b: alsoMine, c: theirs, d: mine })) {
      await store.approvals.open(newApproval(session.id, id));
      store.advance(1);
    }
    await store.approvals.resolve('a', { state: 'allowed', decidedBy: 'user_1' });
    const ids = async (of: Parameters<typeof store.approvals.listPending>[0]) =>
      (await store.approvals.listPending(of)).map((approval) => approval.id);

    expect(await ids({ sessionId: mine.id })).toEqual(['d']);
    expect(await ids({ ownerId: 'user_1' })).toEqual(['b', 'd']);
    expect(await ids('everybody')).toEqual(['b', 'c', 'd']);
    const sessions = [alsoMine.id, theirs.id, mine.id].toSorted();
    expect(await store.approvals.listPendingSessions()).toEqual(sessions);
  });

  test('cancels what is pending in a session, and only that', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);
    const other = await createSession(store);
    for (const id of ['a', 'b']) await store.approvals.open(newApproval(session.id, id));
    await store.approvals.open(newApproval(other.id, 'c'));
    await store.approvals.resolve('a', { state: 'allowed', decidedBy: 'user_1' });

    const cancelled = await store.approvals.cancelPending(session.id);

    expect(cancelled.map(({ id, state, decidedBy }) => [id, state, decidedBy])).toEqual([['b', 'cancelled', null]]);
    expect((await store.approvals.find('a'))?.state).toBe('allowed');
    expect((await store.approvals.find('c'))?.state).toBe('pending');
  });
}
