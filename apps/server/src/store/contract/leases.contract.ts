import { expect, test } from 'vitest';

import { openStore } from '../open-store.ts';
import { createSession, openTestStore, type BackEnd } from './back-end.ts';

export function describeLeases(backEnd: BackEnd): void {
  test('gives a free lease, and raises the fence at every change of owner', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    expect(await store.leases.find(sessionId)).toBeUndefined();

    const first = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 1000 });

    const lease = { sessionId, nodeId: 'node_1', fence: 1, expiresAt: '2026-02-01T12:00:01.000Z' };
    expect(first).toEqual({ state: 'acquired', lease });
    expect(await store.leases.find(sessionId)).toEqual(lease);
    expect(await store.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 1000 })).toEqual({ state: 'held', lease });
    store.advance(1000);
    const second = await store.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 1000 });
    expect(second).toMatchObject({ state: 'acquired', lease: { nodeId: 'node_2', fence: 2 } });
  });

  test('lets a node take its own lease again, so that a restart fences off its predecessor', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 1000 });
    const again = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 1000 });
    expect(again).toMatchObject({ state: 'acquired', lease: { fence: 2 } });
  });

  test('can be taken by force from an owner known to be dead', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 1000 });
    const taken = await store.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 1000, force: true });
    expect(taken).toMatchObject({ state: 'acquired', lease: { nodeId: 'node_2', fence: 2 } });
  });

  test('renews for the owner, also late, until somebody else has it', async () => {
    await using store = await openTestStore(backEnd);
    const [{ id: sessionId }, { id: other }] = [await createSession(store), await createSession(store)];
    const leases = [];
    for (const id of [sessionId, other]) {
      leases.push((await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 1000 })).lease);
    }

    store.advance(5000);
    expect(await store.leases.renew('node_1', leases, 1000)).toEqual([]);
    expect(await store.leases.find(sessionId)).toEqual({ ...leases[0], expiresAt: '2026-02-01T12:00:06.000Z' });
    store.advance(5000);
    await store.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 1000 });
    expect(await store.leases.renew('node_1', leases, 1000)).toEqual([sessionId]);
    expect(await store.leases.find(other)).toEqual({ ...leases[1], expiresAt: '2026-02-01T12:00:11.000Z' });
    expect(await store.leases.renew('node_1', [{ sessionId: 'sesn_gone', fence: 1 }], 1000)).toEqual(['sesn_gone']);
  });

  test('ends by the clock of the database, whatever the clock of a node says', async () => {
    const url = await backEnd.createDatabase();
    await using early = await openStore({ url, nowMs: () => Date.now() - 3_600_000 });
    await using late = await openStore({ url, nowMs: () => Date.now() + 3_600_000 });
    const { id: sessionId } = await createSession(early);
    expect(await early.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 60_000 })).toMatchObject({
      state: 'acquired',
    });
    expect(await late.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 60_000 })).toMatchObject({ state: 'held' });
    const { lease } = await early.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: -1 });
    expect(Math.abs(Date.parse(lease.expiresAt) - Date.now())).toBeLessThan(600_000);
    expect(await late.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 60_000 })).toMatchObject({
      state: 'acquired',
    });
  });

  test('is free at once after a release, and keeps its fence', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    const { lease } = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 1000 });

    expect(await store.leases.release(lease)).toBe(true);
    expect(await store.leases.release(lease)).toBe(false);
    expect(await store.leases.renew('node_1', [lease], 1000)).toEqual([sessionId]);
    const next = await store.leases.acquire({ sessionId, nodeId: 'node_2', ttlMs: 1000 });
    expect(next).toMatchObject({ state: 'acquired', lease: { fence: 2 } });
    expect(await store.leases.release(lease)).toBe(false);
    expect(await store.leases.find(sessionId)).toMatchObject({ nodeId: 'node_2' });
  });

  test('goes to exactly one of many nodes that want it at once', async () => {
    await using store = await openTestStore(backEnd);
    const { id: sessionId } = await createSession(store);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store.leases.acquire({ sessionId, nodeId: `node_${index}`, ttlMs: 1000 }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.state === 'acquired')).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.lease.nodeId)).size).toBe(1);
    expect((await store.leases.find(sessionId))?.fence).toBe(1);
  });

  test('refuses a session that is not there', async () => {
    await using store = await openTestStore(backEnd);
    const acquire = store.leases.acquire({ sessionId: 'sesn_none', nodeId: 'node_1', ttlMs: 1 });
    await expect(acquire).rejects.toMatchObject({ code: 'not_found' });
  });
}
