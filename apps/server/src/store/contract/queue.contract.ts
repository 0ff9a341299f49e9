import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { NewQueuedMessage } from '../queue.ts';
import { createSession, openTestStore, type BackEnd } from './back-end.ts';

function newMessage(sessionId: string, seq: number): NewQueuedMessage {
  const content: NewQueuedMessage['content'] = [{ type: 'text', text: `message ${seq}\u0000` }];
  return { eventId: `sevt_${sessionId}_${seq}`, sessionId, seq, content, agentMessageUuid: `uuid-${seq}` };
}

/** Over 100 lines: a flat list of tests. */
export function describeQueue(backEnd: BackEnd): void {
  test('hands out waiting messages in the order of their events', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const [later, earlier] = [newMessage(id, 7), newMessage(id, 2)];
    for (const message of [later, earlier]) await store.queue.enqueue(message);
    const at = { createdAt: '2026-02-01T12:00:00.000Z', updatedAt: '2026-02-01T12:00:00.000Z' };

    expect(await store.queue.find(earlier.eventId)).toEqual({ ...earlier, state: 'waiting', ...at });
    expect(await store.queue.nextWaiting(id)).toEqual({ ...earlier, state: 'waiting', ...at });
    await store.queue.mark(earlier.eventId, { from: 'waiting', to: 'delivered' });
    expect(await store.queue.nextWaiting(id)).toEqual({ ...later, state: 'waiting', ...at });
    await store.queue.mark(later.eventId, { from: 'waiting', to: 'withdrawn' });
    expect(await store.queue.nextWaiting(id)).toBeUndefined();
  });

  test('takes a message that the agent gets at once, and does not hand it out again', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await store.queue.enqueue({ ...newMessage(id, 1), state: 'delivered' });
    expect(await store.queue.nextWaiting(id)).toBeUndefined();
    expect(await store.queue.listOpen(id)).toMatchObject([{ ...newMessage(id, 1), state: 'delivered' }]);
  });

  test('counts what waits in a session, and nothing else', async () => {
    await using store = await openTestStore(backEnd);
    const [{ id }, other] = [await createSession(store), await createSession(store)];
    for (const seq of [1, 2, 3]) await store.queue.enqueue(newMessage(id, seq));
    await store.queue.enqueue(newMessage(other.id, 1));
    await store.queue.mark(newMessage(id, 1).eventId, { from: 'waiting', to: 'delivered' });
    expect(await store.queue.countWaiting(id)).toBe(2);
  });

  test('gives several messages one uuid, and leaves the others theirs', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    const [first, second, third] = [newMessage(id, 1), newMessage(id, 2), newMessage(id, 3)];
    for (const message of [first, second, third]) await store.queue.enqueue(message);
    await store.queue.setAgentMessageUuid([first.eventId, second.eventId], 'uuid-both');
    await store.queue.setAgentMessageUuid([], 'uuid-none');
    const uuids = (await store.queue.listOpen(id)).map(({ agentMessageUuid }) => agentMessageUuid);
    expect(uuids).toEqual(['uuid-both', 'uuid-both', 'uuid-3']);
  });

  test('lists what is open in a session, and which sessions have something open', async () => {
    await using store = await openTestStore(backEnd);
    const [a, b] = [await createSession(store, { id: 'sesn_a' }), await createSession(store, { id: 'sesn_b' })];
    for (const [session, seq] of [
      [b, 1],
      [a, 2],
      [a, 1],
      [a, 3],
      [a, 4],
    ] as const) {
      await store.queue.enqueue(newMessage(session.id, seq));
    }
    store.advance(1000);
    await store.queue.mark('sevt_sesn_a_1', { from: 'waiting', to: 'delivered' });
    await store.queue.mark('sevt_sesn_a_2', { from: 'waiting', to: 'withdrawn' });
    await store.queue.mark('sevt_sesn_a_3', { from: 'waiting', to: 'delivered' });
    await store.queue.mark('sevt_sesn_a_3', { from: 'delivered', to: 'done' });

    const open = await store.queue.listOpen(a.id);
    expect(open.map(({ seq, state }) => [seq, state])).toEqual([
      [1, 'delivered'],
      [4, 'waiting'],
    ]);
    expect(open[0]?.updatedAt).toBe('2026-02-01T12:00:01.000Z');
    expect(await store.queue.listOpenSessions()).toEqual(['sesn_a', 'sesn_b']);
    await store.queue.mark('sevt_sesn_b_1', { from: 'waiting', to: 'withdrawn' });
    expect(await store.queue.listOpenSessions()).toEqual(['sesn_a']);
    expect((await store.queue.find('sevt_sesn_a_3'))?.state).toBe('done');
    expect(await store.queue.find('sevt_none')).toBeUndefined();
  });

  test('decides a race between delivering and withdrawing exactly once', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    let seq = 0;
    const racers = fc.array(fc.constantFrom('delivered', 'withdrawn'), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(racers, async (states) => {
        const message = newMessage(id, (seq += 1));
        const { eventId } = message;
        await store.queue.enqueue(message);
        const won = await Promise.all(states.map((to) => store.queue.mark(eventId, { from: 'waiting', to })));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await store.queue.find(eventId))?.state).toBe(states[won.indexOf(true)]);
      }),
      { numRuns: 20 },
    );
  });

  test('refuses a message twice, and one without a session', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await store.queue.enqueue(newMessage(id, 1));
    await expect(store.queue.enqueue(newMessage(id, 1))).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.queue.enqueue(newMessage('sesn_none', 1))).rejects.toMatchObject({ code: 'not_found' });
    expect(await store.queue.mark('sevt_none', { from: 'waiting', to: 'done' })).toBe(false);
  });
}
