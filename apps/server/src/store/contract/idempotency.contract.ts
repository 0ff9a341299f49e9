import fc from 'fast-check';
import { expect, test } from 'vitest';

import { runOnce, type RunOnceOutcome } from './run-once.ts';
import { createSession, newEvent, openTestStore, type BackEnd } from './back-end.ts';

const request = { userId: 'user_1', requestId: 'r1', contentHash: 'h1' };

export function describeIdempotency(backEnd: BackEnd): void {
  test('does the work once and replays its answer', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const send = () =>
      runOnce(store, request, async (tx) => ({ seq: await tx.events.append(id, 0, [newEvent()]), text: 'a\u0000' }));

    expect(await send()).toEqual({ state: 'done', response: { seq: 1, text: 'a\u0000' } });
    expect(await send()).toEqual({ state: 'replayed', response: { seq: 1, text: 'a\u0000' } });
    expect((await store.sessions.find(id))?.lastSeq).toBe(1);
    expect(await store.idempotency.find(request)).toEqual({
      ...request,
      response: { seq: 1, text: 'a\u0000' },
      createdAt: '2026-02-01T12:00:00.000Z',
    });
  });

  test('tells another content under the same id, but not under another user', async () => {
    await using store = await openTestStore(backEnd);
    const answer = () => Promise.resolve('answer');
    await runOnce(store, request, answer);

    expect(await runOnce(store, { ...request, contentHash: 'h2' }, answer)).toEqual({ state: 'conflict' });
    const other = await runOnce(store, { ...request, userId: 'user_2', contentHash: 'h2' }, answer);
    expect(other).toEqual({ state: 'done', response: 'answer' });
  });

  test('remembers nothing of a request that failed', async () => {
    await using store = await openTestStore(backEnd);
    const failed = runOnce(store, request, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect(await store.idempotency.find(request)).toBeUndefined();
    expect(await runOnce(store, request, () => Promise.resolve(null))).toEqual({ state: 'done', response: null });
  });

  test('does each request at most once, however the copies arrive', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    let run = 0;
    const copy = fc.record({
      requestId: fc.constantFrom('a', 'b', 'c'),
      contentHash: fc.constantFrom('x', 'x', 'y'),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(copy, { maxLength: 20 }), async (copies) => {
        const userId = `user_${(run += 1)}`;
        const before = (await store.sessions.find(sessionId))?.lastSeq ?? 0;
        const results = await Promise.all(
          copies.map(async ({ fails, ...key }) => {
            const outcome = runOnce(store, { userId, ...key }, async (tx) => {
              const seq = await tx.events.append(sessionId, 0, [newEvent()]);
              if (fails) throw new Error('fails');
              return { seq };
            });
            return { ...key, fails, outcome: await outcome.catch(() => ({ state: 'failed' as const })) };
          }),
        );

        const firsts = results.filter((result) => result.outcome.state === 'done');
        expect(new Set(firsts.map((first) => first.requestId)).size).toBe(firsts.length);
        for (const { requestId, contentHash, fails, outcome } of results) {
          const first = firsts.find((each) => each.requestId === requestId);
          expect(outcome).toEqual(expectedOutcome({ contentHash, fails, outcome }, first));
        }
        expect((await store.sessions.find(sessionId))?.lastSeq).toBe(before + firsts.length);
      }),
      { numRuns: 20 },
    );
  });

  test('forgets what is older than a time, the oldest first and so many at once', async () => {
    await using store = await openTestStore(backEnd);
    for (const requestId of ['r1', 'r2', 'r3', 'r4']) {
      await store.idempotency.claim({ ...request, requestId });
      await store.idempotency.claim({ ...request, requestId, userId: `${requestId}/user` });
      store.advance(1000);
    }
    const isKept = async (requestId: string) => (await store.idempotency.find({ ...request, requestId })) !== undefined;

    expect(await store.idempotency.purgeBefore('2026-02-01T12:00:03.000Z', 4)).toBe(4);
    expect([await isKept('r1'), await isKept('r2'), await isKept('r3')]).toEqual([false, false, true]);
    expect(await store.idempotency.purgeBefore('2026-02-01T12:00:03.000Z', 4)).toBe(2);
    expect([await isKept('r3'), await isKept('r4')]).toEqual([false, true]);
  });

  test('keeps an answer that is known at the claim, and gives it to who claims again', async () => {
    await using store = await openTestStore(backEnd);
    expect(await store.idempotency.claim({ ...request, response: { seq: 7 } })).toEqual({ state: 'claimed' });
    const again = await store.idempotency.claim({ ...request, response: { seq: 8 } });
    expect(again).toMatchObject({ state: 'seen', request: { response: { seq: 7 } } });
  });

  test('refuses to complete what was not claimed', async () => {
    await using store = await openTestStore(backEnd);
    await expect(store.idempotency.complete(request, 1)).rejects.toMatchObject({ code: 'not_found' });
  });
}

interface Result {
  contentHash: string;
  fails: boolean;
  outcome: RunOnceOutcome<{ seq: number }> | { state: 'failed' };
}

/** What a copy of a request must have come to, given the copy that was done. */
function expectedOutcome(result: Result, first: Result | undefined): Result['outcome'] {
  if (result.outcome.state === 'done') return result.outcome;
  // A copy that fails may come before the first success or without any; one that could succeed may not.
  if (result.fails && result.outcome.state === 'failed') return { state: 'failed' };
  if (first?.outcome.state !== 'done') throw new Error('a copy that could succeed was not done');
  if (result.contentHash !== first.contentHash) return { state: 'conflict' };
  return { state: 'replayed', response: first.outcome.response };
}
